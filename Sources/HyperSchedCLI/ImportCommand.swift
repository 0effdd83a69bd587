import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol
import SweepFile

/// `hypersched import`: a sweep file from an experiment of another tool.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a sweep file from an experiment of Katib or Determined.",
        discussion: """
            Prints the sweep file, and on standard error all that is ignored or means something else here. What can \
            not be carried over is refused as a whole, with exit status 1. Sweep files of W&B need no import: \
            'sweep run' reads them as they are.
            """)

    @Argument(help: "The experiment, YAML or JSON; - is standard input.", completion: .file())
    var file: String
    @Option(
        help: ArgumentHelp(
            "What the file is: katib or determined (default: found out from its keys).", valueName: "format"))
    var format: String?
    @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file, which must not exist.", valueName: "file"))
    var output: String?
    @Option(help: ArgumentHelp("When the best model is needed: 6h, or an instant with a zone.", valueName: "time"))
    var deadline: String?
    @Option(help: ArgumentHelp("Steps at which a trial is complete.", valueName: "n"))
    var maxSteps: Int?

    private var namedFormat: ExperimentImport.Format? { format.flatMap(ExperimentImport.Format.init) }

    func validate() throws {
        guard format == nil || namedFormat != nil else {
            throw ValidationError("--format \(format ?? ""): expected katib or determined")
        }
        try SweepOptions.check(deadline: deadline, maxSteps: maxSteps)
    }

    func run() throws {
        let options = ExperimentImport.Options(deadline: deadline, maxSteps: maxSteps)
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let text = try FileArgument.text(of: file)
        switch ExperimentImport.read(text, as: namedFormat, options: options, now: now) {
        case .failure(let error): throw ClientError.problem(error.problem)
        case .success(let sweep):
            try write(sweep.text)
            FileHandle.standardError.write(Data(Self.remarks(sweep).joined(separator: "\n").utf8))
        }
    }

    private func write(_ text: String) throws {
        guard let output else {
            print(text, terminator: "")
            return
        }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .withoutOverwriting)
        } catch {
            throw CommandFailure(.failure, "error: \(output): can not be written, or is there already")
        }
    }

    static func remarks(_ sweep: ImportedSweep) -> [String] {
        var lines = sweep.notes.map { "note: \($0)" } + sweep.warnings.map { "warning: \($0)" }
        if !sweep.missing.isEmpty {
            lines.append("still to be said to 'sweep run': " + sweep.missing.joined(separator: " and "))
        }
        return lines.isEmpty ? [] : lines + [""]
    }
}
