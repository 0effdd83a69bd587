import Foundation
import Testing
import Torch

@testable import Workloads

@Suite("Embeddings of pictures and prompts", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct EmbeddingTests {
    // MARK: Tokenisers

    @Test func wordPieces() throws {
        let vocabulary = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "photo", "##graph", "##s", "cafe", ",", "-", "t", "!",
        ]
        let tokeniser = try WordPieceTokeniser(lines: vocabulary, path: "vocab.txt")
        #expect(tokeniser.tokens("A photo", limit: 10) == [2, 4, 5, 3])
        #expect(tokeniser.tokens("Photographs,  caf\u{E9}!", limit: 10) == [2, 5, 6, 7, 9, 8, 12, 3])
        // A word with an unknown piece is unknown as a whole.
        #expect(tokeniser.tokens("photozz a", limit: 10) == [2, 1, 4, 3])
        #expect(tokeniser.tokens("a-t", limit: 10) == [2, 4, 10, 11, 3])
        #expect(tokeniser.tokens("a a a a", limit: 4) == [2, 4, 4, 3])
        #expect(tokeniser.tokens(String(repeating: "a", count: 101), limit: 9) == [2, 1, 3])
        #expect(throws: WorkloadError.self) { try WordPieceTokeniser(lines: ["a"], path: "vocab.txt") }
    }

    /// Numbers: 256 bytes, the same as ends of words, merges, start, end. "!" is the first visible byte.
    @Test func bytePairs() throws {
        let tokeniser = try ByteTokeniser(lines: ["c a", "ca t</w>", "d o", "do g</w>"], path: "merges")
        let (start, end) = (Int64(516), Int64(517))
        func letter(_ text: Character) -> Int64 { Int64(text.asciiValue!) - 33 }
        func tokens(_ text: String) throws -> [Int64] { Array(try tokeniser.tokens(text).prefix { $0 != 0 }) }
        #expect(try tokens("Cat") == [start, 513, end])
        #expect(try tokens("  dog   cat ") == [start, 515, 513, end])
        #expect(try tokens("ca") == [start, letter("c"), 256 + letter("a"), end])
        #expect(try tokens("it's") == [start, letter("i"), 256 + letter("t"), letter("'"), 256 + letter("s"), end])
        // Digits stand alone, so 12 is two words; runs of other characters are one.
        #expect(try tokens("12") == [start, 256 + letter("1"), 256 + letter("2"), end])
        #expect(try tokeniser.tokens("cat").count == 77)
        let error = #expect(throws: WorkloadError.self) {
            try tokeniser.tokens(String(repeating: "cat ", count: 80))
        }
        #expect(error?.message.contains("at most 75 pieces, found 80") == true)
        #expect(throws: WorkloadError.self) { try ByteTokeniser(lines: ["a b c"], path: "merges") }
    }

    // MARK: Networks

    /// A BERT of random weights against PyTorch's own encoder layer.
    @Test(.enabled(if: PythonTorch.isPresent, "python3-torch is missing")) func sentenceEncoderIsBERT() throws {
        let folder = try TemporaryFolder()
        let program = """
            import json, struct, sys, torch
            from torch import nn
            torch.manual_seed(3)
            D, H, F, L, V = 8, 2, 16, 2, 8
            layers = [nn.TransformerEncoderLayer(D, H, F, 0.0, "gelu", 1e-12, batch_first=True) for _ in range(L)]
            words, places, kinds = torch.randn(V, D), torch.randn(6, D), torch.randn(2, D)
            norm = nn.LayerNorm(D, eps=1e-12)
            weights = {"embeddings.word_embeddings.weight": words, "embeddings.position_embeddings.weight": places,
                       "embeddings.token_type_embeddings.weight": kinds, "embeddings.LayerNorm.weight": norm.weight,
                       "embeddings.LayerNorm.bias": norm.bias}
            for i, layer in enumerate(layers):
                for p in layer.parameters():
                    nn.init.normal_(p, 0.3, 0.4)
                name = f"encoder.layer.{i}."
                for k, part in enumerate(("query", "key", "value")):
                    weights[name + f"attention.self.{part}.weight"] = layer.self_attn.in_proj_weight[k * D:(k + 1) * D]
                    weights[name + f"attention.self.{part}.bias"] = layer.self_attn.in_proj_bias[k * D:(k + 1) * D]
                for here, there in (("attention.output.dense", layer.self_attn.out_proj),
                                    ("attention.output.LayerNorm", layer.norm1), ("intermediate.dense", layer.linear1),
                                    ("output.dense", layer.linear2), ("output.LayerNorm", layer.norm2)):
                    weights[name + here + ".weight"], weights[name + here + ".bias"] = there.weight, there.bias
            header, data = {}, b""
            for name in sorted(weights):
                raw = weights[name].detach().contiguous().numpy().tobytes()
                header[name] = {"dtype": "F32", "shape": list(weights[name].shape),
                                "data_offsets": [len(data), len(data) + len(raw)]}
                data += raw
            text = json.dumps(header).encode()
            with open("\(folder.path)/model.safetensors", "wb") as out:
                out.write(struct.pack("<Q", len(text)) + text + data)
            json.dump({"hidden_size": D, "num_hidden_layers": L, "num_attention_heads": H, "layer_norm_eps": 1e-12,
                       "max_position_embeddings": 6}, open("\(folder.path)/config.json", "w"))
            open("\(folder.path)/vocab.txt", "w").write("\\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "d"]))
            results = []
            for ids in ([2, 4, 5, 3], [2, 7, 3], [2, 4, 6, 6, 7, 3]):
                x = norm(words[ids] + places[:len(ids)] + kinds[0])[None]
                for layer in layers:
                    x = layer(x)
                results.append(x.mean(1)[0].tolist())
            json.dump(results, open("\(folder.path)/expected.json", "w"))
            """
        #expect(PythonTorch.run(program) == 0)
        let encoder = try SentenceEncoder(folder: folder.path)
        let expected = try JSONDecoder().decode([[Double]].self, from: folder.bytes("expected.json"))
        // The last text is longer than the model's six places and is cut.
        let vectors = try encoder.embed(["a b", "d", "a c c d d d d"]).converted(to: .float64).values(Double.self)
        #expect(difference(vectors, expected.flatMap { $0 }) < 1e-5)
    }

    /// A TorchScript module with CLIP's two methods, and a classifier with a sentence encoder in its place.
    @Test(.enabled(if: PythonTorch.isPresent, "python3-torch is missing")) func jointSpace() throws {
        let folder = try TemporaryFolder()
        let program = """
            import torch
            class Joint(torch.nn.Module):
                @torch.jit.export
                def encode_image(self, x):
                    return x.mean([2, 3])
                @torch.jit.export
                def encode_text(self, tokens):
                    ends = tokens.argmax(1)
                    return torch.stack([ends.float(), torch.ones(len(ends)), tokens[:, 1].float()], 1)
                def forward(self, x):
                    return self.encode_image(x)
            torch.jit.script(Joint()).save("\(folder.path)/clip.pt")
            """
        #expect(PythonTorch.run(program) == 0)
        try Data("title\nc a\n".utf8).write(to: URL(fileURLWithPath: folder.path + "/merges.txt"))
        let pictures = try Self.pictures(in: folder)
        let builder = try EmbeddingBuilder(
            .joint(
                image: folder.path + "/clip.pt", imageMethod: "encode_image", text: folder.path + "/clip.pt",
                textMethod: "encode_text", merges: folder.path + "/merges.txt"),
            preparation: PicturePreparation(size: 8))
        let prompts = try Self.prompts(#"{"source": ["a {}"], "target": {"drawn": ["b {}"]}}"#, in: folder)
        let data = try builder.build(pictures, prompts: prompts) { _, _ in }
        #expect(data.classNames == ["green", "red"] && data.domainNames == ["drawn", "photo"])
        #expect(data.targetDomains == [0])
        let counts: [Int] = [data.training.count, data.validation.count, data.test.count]
        #expect(counts == [6, 2, 4])
        #expect(data.training.domains.allSatisfy { $0 == 1 })
        // Red pictures are brightest in the first column, green ones in the second.
        let features = try data.training.features.argmax(axis: 1).values(Int64.self)
        #expect(features.map { Int($0) } == data.training.labels.map { 1 - $0 })
        // "a green" ends after eight pieces: the number of the end is the largest.
        let text = try #require(data.texts.source).values(Float.self)
        let raw: [Float] = [7, 1, 256 + 64]
        let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(zip(text.prefix(3), raw).allSatisfy { abs($0 - $1 / length) < 1e-4 })
        let file = folder.path + "/out.safetensors"
        try data.file().encoded().write(to: URL(fileURLWithPath: file))
        #expect(try EmbeddingData.read(file).training.labels == data.training.labels)
    }

    // MARK: Pictures

    /// Five red and five green photos, two drawings of each.
    private static func pictures(in folder: TemporaryFolder) throws -> EmbeddingPictures {
        for (domain, count) in [("photo", 5), ("drawn", 1)] {
            for (name, colour) in [("red", [250, 20, 20]), ("green", [20, 250, 20])] as [(String, [UInt8])] {
                let place = "\(folder.path)/pictures/\(domain)/\(name)"
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                for number in 0..<count {
                    let pixels = (0..<120).flatMap { _ in colour }
                    let picture = Picture(width: 12, height: 10, channels: 3, pixels: pixels)
                    try picture.encodedPNG().write(to: URL(fileURLWithPath: "\(place)/\(number).png"))
                }
            }
        }
        return try EmbeddingPictures.folders(folder.path + "/pictures", sources: ["photo"], oracle: 0)
    }

    private static func prompts(_ text: String, in folder: TemporaryFolder) throws -> EmbeddingPrompts {
        let path = folder.path + "/prompts.json"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try EmbeddingPrompts.read(path)
    }

    @Test func foldersAreSplit() throws {
        let folder = try TemporaryFolder()
        let pictures = try Self.pictures(in: folder)
        for split in EmbeddingPictures.Split.allCases {
            let found = pictures.entries.filter { $0.split == split }
            let expected: [Int] =
                switch split {
                case .train: [0, 3]
                case .val: [0, 1]
                case .test: [1, 1]
                case .oracle: [0, 0]
                }
            for label in 0..<2 {
                let counts = [0, 1].map { domain in found.filter { $0.domain == domain && $0.label == label }.count }
                #expect(counts == expected)
            }
        }
        #expect(Set(pictures.entries.map(\.path)).count == pictures.entries.count)
        let error = #expect(throws: WorkloadError.self) {
            try EmbeddingPictures.folders(folder.path + "/pictures", sources: ["sketch"], oracle: 0)
        }
        #expect(error?.message.contains("source domain sketch, found [\"drawn\", \"photo\"]") == true)
    }

    /// Waterbirds' own table.
    @Test func tables() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/metadata.csv"
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
        try write(
            "img_id,img_filename,y,split,place,place_filename\n1,a/b.jpg,0,0,1,/x\n2,c.jpg,1,2,0,/y\n3,d.jpg,1,1,1,/z\n"
        )
        let table = {
            try EmbeddingPictures.table(path, classNames: ["land", "water"], domainNames: ["forest", "sea"])
        }
        let entries = try table().entries
        #expect(zip(entries.map(\.path), ["/a/b.jpg", "/c.jpg", "/d.jpg"]).allSatisfy { $0.hasSuffix($1) })
        #expect(entries.map(\.label) == [0, 1, 1] && entries.map(\.domain) == [1, 0, 1])
        #expect(entries.map(\.split) == [.train, .test, .val])
        for (text, part) in [
            ("img_filename,y,place\n", "expected the columns img_filename, y, place and split"),
            ("img_filename,y,place,split\na.jpg,2,0,0\n", "line 2: expected y below 2"),
            ("img_filename,y,place,split\na.jpg,1,0\n", "line 2"),
        ] {
            try write(text)
            let error = #expect(throws: WorkloadError.self) { _ = try table() }
            #expect(error?.kind == .badData && error?.message.contains(part) == true)
        }
    }

    @Test func badPrompts() throws {
        let folder = try TemporaryFolder()
        for (text, part) in [
            (#"{"source": ["a photo"]}"#, "expected {} for the class in every prompt, found 'a photo'"),
            (#"{"source": []}"#, "at least one prompt"), (#"["a"]"#, "expected a JSON object"), ("", "expected a JSON"),
        ] {
            let error = #expect(throws: WorkloadError.self) { _ = try Self.prompts(text, in: folder) }
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
        let prompts = try Self.prompts(#"{"source": ["a {}"], "names": {"x": "big x"}}"#, in: folder)
        #expect(prompts.filled("a {}", className: "x") == "a big x")
        #expect(prompts.filled("a {}", className: "hot_dog") == "a hot dog")
    }

    /// Transparency becomes white; crop keeps the middle, pad keeps everything.
    @Test func preparation() throws {
        let half = Picture(width: 2, height: 1, channels: 4, pixels: [10, 20, 30, 255, 10, 20, 30, 0])
        #expect(half.onWhite().pixels == [10, 20, 30, 255, 255, 255])
        // Left half black, right half white, 16x8.
        let pixels = (0..<8).flatMap { _ in
            [UInt8](repeating: 0, count: 24) + [UInt8](repeating: 255, count: 24)
        }
        let wide = Picture(width: 16, height: 8, channels: 3, pixels: pixels)
        var preparation = PicturePreparation(size: 8, filter: .nearest, means: [0, 0, 0], deviations: [1, 1, 1])
        let crop = try preparation.batch([wide]).values(Float.self)
        #expect(Array(crop.prefix(8)) == [0, 0, 0, 0, 1, 1, 1, 1])
        preparation.fit = .pad
        preparation.size = 16
        let pad = try preparation.batch([wide]).values(Float.self)
        #expect(pad.prefix(64).allSatisfy { $0 == 1 })  // four white rows above
        #expect(Array(pad[64..<80]) == [Float](repeating: 0, count: 8) + [Float](repeating: 1, count: 8))
    }

    // MARK: Coloured Fashion-MNIST

    @Test(.enabled(if: FileManager.default.fileExists(atPath: FashionMNIST.defaultFolder), "Fashion-MNIST is missing"))
    func colouredSplits() throws {
        let data = try ColouredFashion(folder: FashionMNIST.defaultFolder, seed: 3)
        let sets = [data.web, data.task, data.validation].map { Set($0.map(\.image)) }
        #expect(sets.map(\.count) == [8000, 3000, 500])
        #expect(
            sets[0].isDisjoint(with: sets[1]) && sets[0].isDisjoint(with: sets[2]) && sets[1].isDisjoint(with: sets[2]))
        #expect(data.task.allSatisfy { Int(data.images.labels[$0.image]) % 2 == $0.colour })
        #expect(data.test.count == 6000 && data.test.filter { $0.colour == 0 }.count == 3000)
        let batch = try ColouredFashion.batch([data.web[0], data.web[1]], of: data.images)
        let values = try batch.values(Float.self)
        // Red has its values in the first channel, the other is black.
        #expect(values[784..<1568].allSatisfy { $0 == -0.5 })
        #expect(Array(values[..<784]) == Array(values[1568 + 784..<1568 + 1568]))
        #expect(data.web[0].image == data.web[1].image)
    }
}
