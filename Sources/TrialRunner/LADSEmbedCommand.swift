public import ArgumentParser
import Foundation
import Torch
public import Workloads

/// `hypersched-trial lads embed`
struct LADSEmbedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed", abstract: "Makes embeddings of pictures and prompts for the workload.",
        discussion: """
            Pictures lie in folders DOMAIN/CLASS below --images, or are listed in a table as Waterbirds' metadata.csv.
            Encoders: a joint space as TorchScript (--image-model, --text-model, --merges), for example an exported \\
            CLIP; or, without one, a TorchScript classifier with named classes and a sentence encoder (--classifier, \\
            --wnids, --sentences). docs/workloads/lads.md says where to get them.
            """)

    @Argument(help: "The .safetensors file to write.")
    var output: String

    @Option(help: "Folder with pictures: DOMAIN/CLASS/*.png, .jpg.")
    var images: String?

    @Option(help: "A source domain of --images. May be repeated.")
    var source: [String] = []

    @Option(help: "Fraction of the target domains' pictures that is kept from the test rows for method=oracle.")
    var oracle = 0.0

    @Option(help: "A table with img_filename, y, place and split, in place of --images.")
    var table: String?

    @Option(name: .customLong("class"), help: "With --table: the name of a class, in order. Repeated.")
    var classNames: [String] = []

    @Option(name: .customLong("domain"), help: "With --table: the name of a domain, in order. Repeated.")
    var domainNames: [String] = []

    @Option(help: "JSON file with the prompts.")
    var prompts: String

    @Option(help: "TorchScript image encoder.")
    var imageModel: String?

    @Option(help: "Its method.")
    var imageMethod = "encode_image"

    @Option(help: "TorchScript text encoder of token numbers. (default: --image-model)")
    var textModel: String?

    @Option(help: "Its method.")
    var textMethod = "encode_text"

    @Option(help: "CLIP's list of byte pairs, bpe_simple_vocab_16e6.txt.gz.")
    var merges: String?

    @Option(help: "TorchScript classifier.")
    var classifier: String?

    @Option(help: "File with the WordNet id of each of its classes.")
    var wnids: String?

    @Option(help: "Folder with WordNet 3.0.")
    var wordnetDir = "/usr/share/wordnet"

    @Option(help: "Folder with a sentence encoder: config.json, vocab.txt, model.safetensors.")
    var sentences: String?

    @Option(help: "Side of the square that encoders take, in pixels.")
    var size = 224

    @Option(help: "crop: the middle of the picture; pad: all of it, on white.")
    var fit: PicturePreparation.Fit = .crop

    @Option(help: "Threads.")
    var threads = 1

    func validate() throws {
        guard (images == nil) != (table == nil) else {
            throw ValidationError("Give either --images DIR or --table FILE.")
        }
        guard images == nil || !source.isEmpty else { throw ValidationError("--images needs --source DOMAIN.") }
        guard table == nil || (classNames.count >= 2 && domainNames.count >= 2) else {
            throw ValidationError("--table needs --class and --domain, each at least twice.")
        }
        guard (imageModel == nil) != (classifier == nil) else {
            throw ValidationError("Give either --image-model FILE or --classifier FILE.")
        }
        guard imageModel == nil || merges != nil else { throw ValidationError("--image-model needs --merges FILE.") }
        guard classifier == nil || (wnids != nil && sentences != nil) else {
            throw ValidationError("--classifier needs --wnids FILE and --sentences DIR.")
        }
        guard (8...1024).contains(size), (0..<1).contains(oracle) else {
            throw ValidationError("--size: expected 8 to 1024; --oracle: expected 0 to below 1.")
        }
    }

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: threads)
            let words = try EmbeddingPrompts.read(prompts)
            let pictures =
                if let table {
                    try EmbeddingPictures.table(table, classNames: classNames, domainNames: domainNames)
                } else { try EmbeddingPictures.folders(images ?? "", sources: source, oracle: oracle) }
            let builder = try EmbeddingBuilder(encoders, preparation: preparation)
            let data = try builder.build(pictures, prompts: words) { done, all in
                if done == all || done % 320 == 0 { TrialOutput.print("embedded \(done) of \(all) pictures") }
            }
            try EmbeddingOutput.write(data, to: output)
            return .success
        }
    }

    private var encoders: EmbeddingBuilder.Encoders {
        if let imageModel {
            return .joint(
                image: imageModel, imageMethod: imageMethod, text: textModel ?? imageModel, textMethod: textMethod,
                merges: merges ?? "")
        }
        return .concepts(
            classifier: classifier ?? "", wnids: wnids ?? "", wordNet: wordnetDir, sentences: sentences ?? "")
    }

    private var preparation: PicturePreparation {
        var preparation = imageModel == nil ? PicturePreparation.imageNet : PicturePreparation.clip
        preparation.size = size
        preparation.fit = fit
        return preparation
    }
}

extension PicturePreparation.Fit: ExpressibleByArgument {}
