import HyperSchedProtocol

// Names as in MLflow's protocol.
// swift-format-ignore-file: AlwaysUseLowerCamelCase
extension MLflowServer {
    struct Search: Encodable {
        var experiment_ids: [String]
        var filter: String
        var max_results: Int
        var page_token: String?
    }

    struct RunPage: Decodable {
        var runs: [FoundRun]?
        var next_page_token: String?
    }

    struct FoundRun: Decodable {
        struct Info: Decodable { var run_id: String }
        struct Contents: Decodable { var tags: [Text]? }
        var info: Info
        var data: Contents?
    }

    struct OneRun: Decodable { var run: FoundRun }

    struct NewRun: Encodable {
        var experiment_id: String
        var run_name: String
        var start_time: Int64
        var tags: [Text]
    }

    struct Batch: Encodable {
        var run_id: String
        var metrics: [Point] = []
        var params: [Text] = []
        var tags: [Text] = []
    }

    struct EndedRun: Encodable {
        var run_id: String
        var status: String
        var end_time: Int64
    }

    struct Made: Decodable { var experiment_id: String }

    struct Found: Decodable {
        struct Experiment: Decodable { var experiment_id: String }
        var experiment: Experiment
    }
}
