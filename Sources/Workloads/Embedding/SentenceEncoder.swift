import Foundation
import Torch

/// A sentence encoder of the MiniLM family (Wang et al., arXiv:2002.10957; Reimers, Gurevych, arXiv:1908.10084): BERT,
/// the mean over the tokens' vectors. Reads `config.json`, `vocab.txt` and `model.safetensors` of a folder as
/// sentence-transformers ships them, for example all-MiniLM-L6-v2.
final class SentenceEncoder: TextEncoder {
    private struct Settings: Decodable {
        let hidden_size: Int
        let num_hidden_layers: Int
        let num_attention_heads: Int
        let layer_norm_eps: Double
        let max_position_embeddings: Int
    }

    private static let batchSize = 64
    private static let longestText = 256

    private let path: String
    private let settings: Settings
    private let tokeniser: WordPieceTokeniser
    private let weights: [String: Tensor]

    /// - Throws: `.badData` naming the file, what was expected and what was found.
    init(folder: String) throws(WorkloadError) {
        path = folder + "/model.safetensors"
        let configuration = folder + "/config.json"
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: configuration)),
            let settings = try? JSONDecoder().decode(Settings.self, from: data)
        else {
            throw WorkloadError(
                .badData, "\(configuration): expected BERT's settings (hidden_size, num_hidden_layers, ...), found none"
            )
        }
        self.settings = settings
        tokeniser = try WordPieceTokeniser(path: folder + "/vocab.txt")
        let path = path
        let file = try WorkloadError.lifting { () throws(TorchError) in try SafetensorsFile.read(path) }
        // Some files carry the name of the model before each tensor's.
        weights = Dictionary(
            file.tensors.map { ($0.name.hasPrefix("bert.") ? String($0.name.dropFirst(5)) : $0.name, $0.tensor) }
        ) { first, _ in first }
    }

    func embed(_ texts: [String]) throws(WorkloadError) -> Tensor {
        let limit = min(Self.longestText, settings.max_position_embeddings)
        let tokens = texts.map { tokeniser.tokens($0, limit: limit) }
        // Texts of one length make a batch that needs no padding.
        let order = texts.indices.sorted { (tokens[$0].count, $0) < (tokens[$1].count, $1) }
        return try WorkloadError.lifting { () throws(TorchError) in
            try TorchRuntime.withoutGradients { () throws(TorchError) in
                var parts: [Tensor] = []
                var start = 0
                while start < order.count {
                    let length = tokens[order[start]].count
                    var end = start
                    while end < order.count, end - start < Self.batchSize, tokens[order[end]].count == length {
                        end += 1
                    }
                    parts.append(try encode(order[start..<end].map { tokens[$0] }, length: length))
                    start = end
                }
                var back = [Int64](repeating: 0, count: order.count)
                for (place, text) in order.enumerated() { back[text] = Int64(place) }
                return try Tensor.concatenated(parts).selecting(Tensor.of(back), axis: 0)
            }
        }
    }

    private func weight(_ name: String) throws(TorchError) -> Tensor {
        guard let tensor = weights[name] else {
            throw TorchError(kind: .badFile, message: "\(path): expected a tensor '\(name)', found none")
        }
        return try tensor.converted(to: .float32)
    }

    private func linear(_ x: Tensor, _ name: String) throws(TorchError) -> Tensor {
        let (weight, bias) = (try weight(name + ".weight"), try weight(name + ".bias"))
        return try x.matmul(weight.transposed()) + bias
    }

    private func norm(_ x: Tensor, _ name: String) throws(TorchError) -> Tensor {
        try x.layerNorm(
            [settings.hidden_size], weight: weight(name + ".weight"), bias: weight(name + ".bias"),
            epsilon: settings.layer_norm_eps)
    }

    /// `[B, D]`: the mean over the last layer's vectors.
    private func encode(_ batch: [[Int]], length: Int) throws(TorchError) -> Tensor {
        let width = settings.hidden_size
        let ids = try Tensor.of(batch.flatMap { $0.map(Int64.init) })
        let words = try weight("embeddings.word_embeddings.weight").selecting(ids, axis: 0)
            .reshaped([batch.count, length, width])
        let places = try weight("embeddings.position_embeddings.weight").slice(0..<length)
        let kind = try weight("embeddings.token_type_embeddings.weight").slice(0..<1)
        var x = try norm(words + places + kind, "embeddings.LayerNorm")
        for layer in 0..<settings.num_hidden_layers {
            let name = "encoder.layer.\(layer)."
            x = try norm(x + attention(x, name + "attention."), name + "attention.output.LayerNorm")
            let inner = try linear(x, name + "intermediate.dense").gelu()
            x = try norm(x + linear(inner, name + "output.dense"), name + "output.LayerNorm")
        }
        return try x.mean(axis: 1)
    }

    private func attention(_ x: Tensor, _ name: String) throws(TorchError) -> Tensor {
        let (shape, heads) = (try x.shape(), settings.num_attention_heads)
        let width = settings.hidden_size / heads
        func split(_ part: String) throws(TorchError) -> Tensor {
            try linear(x, name + "self." + part).reshaped([shape[0], shape[1], heads, width]).permuted([0, 2, 1, 3])
        }
        let scores = try split("query").matmul(split("key").transposed(2, 3)).scaled(by: 1 / Double(width).squareRoot())
        let mixed = try scores.softmax(axis: 3).matmul(split("value")).permuted([0, 2, 1, 3])
        return try linear(mixed.contiguous().reshaped(shape), name + "output.dense")
    }
}
