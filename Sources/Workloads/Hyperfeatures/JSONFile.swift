import Foundation

/// JSON files that people bring: errors name the file, the place in it, what was expected and what was found.
enum JSONFile {
    static func read<Content: Decodable>(_ path: String, as _: Content.Type = Content.self) throws(WorkloadError)
        -> Content
    {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw WorkloadError(.badData, "\(path): cannot be read: \(error.localizedDescription)")
        }
        do {
            return try JSONDecoder().decode(Content.self, from: data)
        } catch let error as DecodingError {
            throw WorkloadError(.badData, "\(path): \(reason(error))")
        } catch {
            throw WorkloadError(.badData, "\(path): \(error.localizedDescription)")
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])): expected a value, found none"
        case .typeMismatch(let type, let context):
            "\(place(context.codingPath)): expected \(type), found another kind of value"
        case .valueNotFound(let type, let context): "\(place(context.codingPath)): expected \(type), found null"
        case .dataCorrupted(let context):
            "\(place(context.codingPath)): expected JSON, found: \(context.debugDescription)"
        @unknown default: "\(error)"
        }
    }

    /// `[3].source_points`
    private static func place(_ path: [any CodingKey]) -> String {
        guard !path.isEmpty else { return "the file" }
        return path.reduce("") { text, key in
            key.intValue.map { "\(text)[\($0)]" } ?? (text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)")
        }
    }
}
