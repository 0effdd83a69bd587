import ArgumentParser
import HyperSchedProtocol
import Torch
import Workloads

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures pure training steps in images per second.")

    @Argument(help: "The workload: nbdt.")
    var workload: String

    @Option(help: "Images per pass.")
    var images = 10_000

    @Option(help: "Images per optimiser step.")
    var batch: Int64 = 128

    @Option(help: "The network.")
    var model = "cnn"

    @Option(help: "Folder with the images.")
    var dataDir = "/usr/share/datasets/fashion-mnist"

    @Option(help: "Threads.")
    var threads = 1

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            guard workload == WorkloadDescription.nbdt.name else {
                throw WorkloadError(.badParameters, "workload: expected nbdt, found \(workload)")
            }
            let configuration = try NBDTConfiguration(
                Configuration([
                    ("batch_size", .int(batch)), ("model", .string(model)), ("data_dir", .string(dataDir)),
                    ("lr", .real(0.05)),
                ]))
            try TrialOutput.requireTorch(threads: threads)
            let result = try NBDTBenchmark.run(configuration, images: images)
            TrialOutput.print(
                """
                {"images_per_s": \(result.imagesPerSecond), \
                "images_per_cpu_s": \(result.imagesPerProcessorSecond), \
                "loss": \(result.loss), "seconds": \(result.seconds), "threads": \(threads), \
                "torch": "\(TorchRuntime.version)"}
                """)
            return .success
        }
    }
}
