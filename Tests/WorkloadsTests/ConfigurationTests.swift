import HyperSchedProtocol
import Testing

@testable import Workloads

@Suite("Parameters of nbdt")
struct ConfigurationTests {
    private func message(_ name: String, _ value: ParameterValue) -> String {
        let error = #expect(throws: WorkloadError.self) {
            _ = try NBDTConfiguration(Configuration([(name, value)]))
        }
        #expect(error?.kind == .badParameters)
        return error?.message ?? ""
    }

    @Test func defaultsAreLegal() throws {
        let parameters = try Parameters(Configuration([]), of: .nbdt)
        let configuration = try NBDTConfiguration(parameters)
        #expect(configuration.epochImages == nil && configuration.trainImages == nil)
        #expect(configuration.source == .fashionMNIST(folder: "/usr/share/datasets/fashion-mnist"))
        #expect(configuration.treeWeight == WeightSchedule(start: 1))
        #expect(parameters.values["momentum"] == .real(0.9))
        for parameter in WorkloadDescription.nbdt.parameters {
            if let value = parameter.defaultValue { #expect(parameter.problem(with: value) == nil) }
        }
    }

    @Test func wrongParametersAreNamed() {
        #expect(message("learning_rate", .real(1)).hasPrefix("learning_rate: unknown parameter of workload nbdt"))
        #expect(message("momentun", .real(0)).hasSuffix("did you mean momentum?"))
        #expect(message("lr", .real(-1)) == "lr: expected a number from 1e-06 to 10.0, found -1.0")
        #expect(message("lr", .string("fast")) == "lr: expected a number from 1e-06 to 10.0, found fast")
        #expect(message("batch_size", .real(1.5)).hasPrefix("batch_size: expected a whole number from 1 to 4096"))
        #expect(
            message("hierarchy", .string("wordnets"))
                == "hierarchy: expected one of induced, induced_normalized, wordnet, random, flat, file, found wordnets"
        )
        #expect(message("augment", .int(1)) == "augment: expected true or false, found 1")
        #expect(message("lr", .real(.nan)).hasSuffix("found nan"))
        #expect(message("linkage_metric", .string("cosine")).contains("does not go with linkage ward"))
        #expect(message("dataset", .string("cifar10")) == "data_dir: expected a folder, as dataset is cifar10")
        #expect(message("model", .string("script")) == "backbone: expected a TorchScript file, as model is script")
        #expect(message("hierarchy", .string("file")) == "hierarchy_file: expected a file, as hierarchy is file")
        #expect(message("wrn_depth", .int(20)).hasPrefix("wrn_depth: expected 4 more than a multiple of 6"))
    }

    @Test func epochsCannotDrawMoreImagesThanThereAre() {
        let error = #expect(throws: WorkloadError.self) {
            _ = try NBDTConfiguration(Configuration([("train_images", .int(100)), ("epoch_images", .int(101))]))
        }
        #expect(error?.message == "epoch_images: expected at most train_images (100), found 101")
    }

    @Test func numbersMayBeWrittenEitherWay() throws {
        let configuration = try NBDTConfiguration(Configuration([("batch_size", .real(64)), ("lr", .int(1))]))
        #expect(configuration.batchSize == 64)
        #expect(configuration.learningRate == 1)
        let same = try NBDTConfiguration(Configuration([("batch_size", .int(64)), ("lr", .real(1))]))
        #expect(configuration == same)
    }

    @Test func textIsReadByTheParametersType() throws {
        let description = WorkloadDescription.nbdt
        #expect(description.parameter(named: "lr")?.parsed("1e-2") == .real(0.01))
        #expect(description.parameter(named: "batch_size")?.parsed("64") == .int(64))
        #expect(description.parameter(named: "augment")?.parsed("true") == .bool(true))
        #expect(description.parameter(named: "augment")?.parsed("yes") == nil)
    }

    @Test func treesAreBuiltAtTheirEpochs() throws {
        let configuration = try NBDTConfiguration(
            Configuration([
                ("tree_start", .real(0.33)), ("tree_update_every", .int(2)), ("tree_update_end", .real(0.6)),
            ]))
        #expect((0..<20).filter { configuration.buildsTree(epoch: $0, totalEpochs: 20) } == [7, 9, 11])
        let once = try NBDTConfiguration(Configuration([("tree_start", .real(0))]))
        #expect((0..<20).filter { once.buildsTree(epoch: $0, totalEpochs: 20) } == [0])
    }

    @Test func theHardWeightMayCountTwice() throws {
        for (squared, expected) in [(false, 3.0), (true, 9.0)] {
            let configuration = try NBDTConfiguration(
                Configuration([
                    ("tree_loss", .string("hard")), ("tree_supervision_weight", .int(3)),
                    ("hard_weight_squared", .bool(squared)),
                ]))
            #expect(configuration.weights(epoch: 5, total: 10, hasTree: true).tree == expected)
            #expect(configuration.weights(epoch: 5, total: 10, hasTree: false).crossEntropy == 1)
        }
    }
}
