import Foundation

/// How classes and domains are put into words; `{}` stands for the class.
///
/// A JSON object: `class` (default "a photo of a {}"), `source` (a list: prompts of the source domain, or, with
/// `setting=bias`, one per domain in the order of the domains), `target` (an object: for each target domain a list of
/// prompts, which are averaged), `names` (an object: what to call a class in place of its folder's name).
public struct EmbeddingPrompts: Decodable, Equatable, Sendable {
    public let classPrompt: String
    public let source: [String]
    public let target: [String: [String]]
    public let names: [String: String]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case classPrompt = "class"
        case source, target, names
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        classPrompt = try values.decodeIfPresent(String.self, forKey: .classPrompt) ?? "a photo of a {}"
        source = try values.decode([String].self, forKey: .source)
        target = try values.decodeIfPresent([String: [String]].self, forKey: .target) ?? [:]
        names = try values.decodeIfPresent([String: String].self, forKey: .names) ?? [:]
    }

    /// - Throws: `.badData` naming the file and what is wrong.
    public static func read(_ path: String) throws(WorkloadError) -> EmbeddingPrompts {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw WorkloadError(.badData, "\(path): cannot be read: \(error.localizedDescription)")
        }
        let prompts: EmbeddingPrompts
        do {
            prompts = try JSONDecoder().decode(EmbeddingPrompts.self, from: data)
        } catch {
            throw WorkloadError(
                .badData, "\(path): expected a JSON object with class, source, target and names: \(error)")
        }
        let all = [prompts.classPrompt] + prompts.source + prompts.target.values.flatMap { $0 }
        if let bad = all.first(where: { !$0.contains("{}") }) {
            throw WorkloadError(.badData, "\(path): expected {} for the class in every prompt, found '\(bad)'")
        }
        guard !prompts.source.isEmpty, prompts.target.values.allSatisfy({ !$0.isEmpty }) else {
            throw WorkloadError(.badData, "\(path): expected at least one prompt in source and per target domain")
        }
        return prompts
    }

    func filled(_ prompt: String, className: String) -> String {
        prompt.replacing("{}", with: names[className] ?? className.replacing("_", with: " "))
    }
}
