import HyperSchedProtocol

/// The bodies of MLflow's requests, as far as they matter. Protocol buffers in JSON: a 64-bit integer may be a string.
enum TrackingMessages {
    struct Integer: Decodable {
        let value: Int64

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int64.self) {
                value = number
            } else if let number = try? container.decode(Double.self), let whole = Int64(exactly: number) {
                value = whole
            } else if let text = try? container.decode(String.self), let number = Int64(text) {
                value = number
            } else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a whole number")
            }
        }
    }

    struct Metric: Decodable {
        var key: String
        var value: MetricValue
        var timestamp: Integer
        var step: Integer?

        var point: TrackedPoint {
            TrackedPoint(key: key, value: value, timestamp: timestamp.value, step: step?.value ?? 0)
        }
    }

    struct Text: Decodable {
        var key: String
        /// Protocol buffers leave an empty text out.
        var value: String?

        var text: TrackedText { TrackedText(key: key, value: value ?? "") }
    }

    /// Which run; old clients say `run_uuid`.
    struct RunName: Decodable {
        var id: String?

        private enum CodingKeys: String, CodingKey {
            case new = "run_id"
            case old = "run_uuid"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            id =
                try container.decodeIfPresent(String.self, forKey: .new)
                ?? container.decodeIfPresent(String.self, forKey: .old)
        }
    }

    struct CreateRun: Decodable {
        var name: String?
        var started: Integer?
        var tags: [Text]?

        private enum CodingKeys: String, CodingKey {
            case name = "run_name"
            case started = "start_time"
            case tags
        }
    }

    struct UpdateRun: Decodable {
        var status: String?
        var ended: Integer?
        var name: String?

        private enum CodingKeys: String, CodingKey {
            case status
            case ended = "end_time"
            case name = "run_name"
        }
    }

    struct Batch: Decodable {
        var metrics: [Metric]?
        var params: [Text]?
        var tags: [Text]?
    }

    struct Key: Decodable { var key: String }

    struct Search: Decodable { var filter: String? }

    struct ExperimentName: Decodable { var name: String? }
}
