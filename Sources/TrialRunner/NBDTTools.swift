public import ArgumentParser
public import Workloads

extension NBDTWorkload: OfferedWorkload {
    static var tools: [any ParsableCommand.Type] { [ExplainCommand.self, HierarchyCommand.self] }
}

/// `hypersched-trial nbdt explain`
struct ExplainCommand: ParsableCommand {
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json, svg
    }

    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Shows the decisions of a checkpoint about one image.",
        discussion: """
            The image is a file (PNG or JPEG, resized to what the network was trained on), or one of the data set by \
            its number.
            """)

    @Argument(help: "A checkpoint directory.")
    var checkpoint: String

    @Option(help: "A PNG or JPEG file.")
    var image: String?

    @Option(help: "Number of an image of --split, from 0.")
    var index: Int?

    @Option(help: "Which images --index counts: val or test.")
    var split: NBDTInspection.Split = .test

    @Option(help: "text, json or svg.")
    var format: Format = .text

    @Option(help: "Folder with the images. (default: the one in the checkpoint)")
    var dataDir: String?

    func validate() throws {
        guard (image == nil) != (index == nil) else {
            throw ValidationError("Give either --image FILE or --index NUMBER.")
        }
    }

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: 1)
            let subject: NBDTInspection.Subject = image.map { .file($0) } ?? .index(index ?? 0, split)
            let explanation = try NBDTInspection.explain(checkpoint: checkpoint, subject, dataFolder: dataDir)
            switch format {
            case .text: TrialOutput.print(explanation.text)
            case .json: TrialOutput.print(explanation.json)
            case .svg: TrialOutput.print(explanation.svg)
            }
            return .success
        }
    }
}

extension NBDTInspection.HierarchyFormat: ExpressibleByArgument {}

/// `hypersched-trial nbdt hierarchy`
struct HierarchyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hierarchy", abstract: "Prints a checkpoint's tree, or WordNet's tree over given classes.")

    @Argument(help: "A checkpoint directory.")
    var checkpoint: String?

    @Option(help: "A file with one WordNet id per line, in place of a checkpoint.")
    var wnids: String?

    @Option(help: "Folder with WordNet 3.0.")
    var wordnetDir = "/usr/share/wordnet"

    @Option(help: "json (networkx node-link, for hierarchy_file) or dot (Graphviz).")
    var format: NBDTInspection.HierarchyFormat = .json

    func validate() throws {
        guard (checkpoint == nil) != (wnids == nil) else {
            throw ValidationError("Give either a checkpoint directory or --wnids FILE.")
        }
    }

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            if let wnids {
                TrialOutput.print(
                    try NBDTInspection.wordNetHierarchy(wnids: wnids, wordNetFolder: wordnetDir, format))
            } else {
                try TrialOutput.requireTorch(threads: 1)
                TrialOutput.print(try NBDTInspection.hierarchy(checkpoint: checkpoint ?? "", format))
            }
            return .success
        }
    }
}
