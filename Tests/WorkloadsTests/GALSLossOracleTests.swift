import Glibc
import Testing
import Torch

@testable import Workloads

/// Attention losses in double precision against the results of the GALS code (gals_*.json).
@Suite(
    "Attention supervision against reference results", .enabled(if: Oracle.arePresent, Oracle.note),
    .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct GALSLossOracleTests {
    private static let tolerance = 1e-11

    private func close(_ found: Tensor, _ expected: OracleTree, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        #expect(try difference(found.doubles(), expected.numbers) < Self.tolerance, sourceLocation: sourceLocation)
    }

    // MARK: Input gradients

    @Test(arguments: 0..<4) func inputGradientPenaltyOfALinearModel(_ number: Int) throws {
        let file = try OracleTree("gals_rrr")
        let expected = file["cases"][number]
        let x = try file["x"].tensor().requiringGradient()
        let w = try file["w"].tensor().requiringGradient()
        let b = try file["b"].tensor().requiringGradient()
        let valid = expected["valid_indices"].integers
        let maps = TargetMaps.Combined(
            maps: try file["attention"].tensor().selecting(Tensor.of(valid.map(Int64.init)), axis: 0), samples: valid)
        let logits = try x.reshaped([2, 4]).linear(weight: w, bias: b)
        try close(logits, expected["logits"])
        let labels = file["labels"].integers
        let loss = try ClassificationLoss()(logits: logits, labels: labels, groups: labels, divisor: 2)
        try close(loss, expected["cls_loss"])
        let penalty = InputGradientPenalty(
            criterion: try #require(AttentionCriterion(rawValue: expected["criterion"].text)))
        let gradient = try loss.gradient(of: x, differentiable: true)
        try close(gradient, expected["input_grad"])
        let chosen = try gradient.selecting(Tensor.of(valid.map(Int64.init)), axis: 0)
        let plain = try penalty(gradient: chosen, maps: maps.maps, samples: valid.count)
        try close(plain, expected["penalty_unweighted"])
        let total = try loss + plain.scaled(by: expected["weight"].number)
        try close(total, expected["total"])
        let found = try total.gradients(of: [w, b])
        try close(#require(found[0]), expected["grad_w_of_total"])
        try close(#require(found[1]), expected["grad_b_of_total"])
    }

    @Test func zerosAndInside() throws {
        let file = try OracleTree("gals_rrr")
        let x = try file["x"].tensor().requiringGradient()
        let logits = try x.reshaped([2, 4]).linear(weight: file["w"].tensor(), bias: file["b"].tensor())
        let labels = file["labels"].integers
        let loss = try ClassificationLoss()(logits: logits, labels: labels, groups: labels, divisor: 2)
        let gradient = try loss.gradient(of: x)
        let zeros = try Tensor.zeros([2, 1, 2, 2], type: .float64)
        try close(InputGradientPenalty()(gradient: gradient, maps: zeros, samples: 2), file["gt_zeros_L1"])
        try close(
            InputGradientPenalty(region: .inside)(gradient: gradient, maps: file["attention"].tensor(), samples: 2),
            file["match_inside_L1"])
    }

    /// Ross et al. take the gradient of the sum of log probabilities, and sums in place of means.
    @Test func rossPenalty() throws {
        let file = try OracleTree("gals_rrr")
        let expected = file["ross2017"]
        let x = try file["x"].tensor().requiringGradient()
        let w = try expected["W"].tensor().requiringGradient()
        let logits = try x.reshaped([2, 4]).linear(weight: w, bias: expected["b"].tensor())
        let penalty = InputGradientPenalty(criterion: .l2, subject: .logProbabilities)
        try close(InputGradientPenalty.logProbabilities(logits), expected["log_probs"])
        let scalar = try penalty.scalar(loss: logits.sum(), logits: logits)
        let gradient = try scalar.gradient(of: x, differentiable: true)
        try close(gradient, expected["input_grad_of_sum_logp"])
        // lambda 2 = the number of samples: the mean over samples becomes their sum.
        let sum = try penalty(gradient: gradient, maps: file["attention"].tensor(), samples: 2)
            .scaled(by: penalty.weight(lambda: 2, batch: 2, elements: 4))
        try close(sum, expected["penalty"])
        try close(sum.gradient(of: w), expected["grad_W"])
    }

    /// One output stands for two classes.
    @Test func logProbabilitiesOfOneOutput() throws {
        let one = try Tensor.of([0.7, -1.2], shape: [2, 1])
        let found = try InputGradientPenalty.logProbabilities(one).values(Double.self)
        let p = [0.7, -1.2].map { 1 / (1 + exp(-$0)) }
        #expect(difference(found, [log(1 - p[0]), log(p[0]), log(1 - p[1]), log(p[1])]) < Self.tolerance)
    }

    @Test func inputGradientPenaltyOfAConvolutionalModel() throws {
        let expected = try OracleTree("gals_rrr")["conv_case"]
        let model = try ReferenceNetwork(expected)
        let loss = AttentionStepLoss(
            classification: ClassificationLoss(), attention: .inputGradient(InputGradientPenalty(), .fixed(100)))
        let result = try loss(model, model.part(expected), .init(samples: 2, divisor: 2, withMaps: 2))
        try close(result.loss, expected["total"])
        let found = [expected["cls_loss"], expected["penalty_unweighted"]].map(\.number)
        #expect(difference([result.numbers[0], result.numbers[2]], found) < Self.tolerance)
        let gradients = try result.loss.gradients(of: model.parameters.map(\.tensor))
        for (gradient, name) in zip(gradients, ["grad_conv_w", "grad_conv_b", "grad_fc_w", "grad_fc_b"]) {
            try close(#require(gradient), expected[name])
        }
        // The same factor by the weight that does not depend on batch and image size.
        let lambda = 100.0 / (2 * 48)
        #expect(InputGradientPenalty().weight(lambda: lambda, batch: 2, elements: 48) == 100)
    }

    /// Four optimiser steps, with and without the penalty, the last layer at a rate of its own.
    @Test(arguments: 0..<2) func trainingSteps(_ number: Int) throws {
        let expected = try OracleTree("gals_train_steps")["runs"][number]
        let inputs = try OracleTree("gals_rrr")["conv_case"]
        let model = try ReferenceNetwork(inputs)
        let loss = AttentionStepLoss(
            classification: ClassificationLoss(),
            attention: .inputGradient(InputGradientPenalty(), .fixed(expected["weight"].number)))
        let base = try SGD(Array(model.parameters.prefix(2)), momentum: 0.9, weightDecay: 1e-5)
        let classifier = try SGD(Array(model.parameters.suffix(2)), momentum: 0.9, weightDecay: 1e-5)
        for values in expected["history"].elements {
            let result = try loss(model, model.part(inputs), .init(samples: 2, divisor: 2, withMaps: 2))
            let found = [result.numbers[0], result.numbers[2], try result.loss.item()]
            #expect(difference(found, ["cls", "penalty", "total"].map { values[$0].number }) < Self.tolerance)
            try result.loss.backward()
            try base.step(learningRate: 0.05)
            try classifier.step(learningRate: 0.01)
        }
        try close(model.parameters[0].tensor, expected["final_conv_w"])
        try close(model.parameters[1].tensor, expected["final_conv_b"])
        try close(model.parameters[2].tensor, expected["final_fc_w"])
    }

    // MARK: Grad-CAM

    @Test(arguments: ["multiclass", "binary_one_logit"]) func gradCAM(_ name: String) throws {
        let file = try OracleTree("gals_gradcam")
        let (inputs, expected) = (file["inputs"], file[name])
        let model = try ReferenceNetwork(convolution: inputs, classifier: expected)
        let labels = expected["labels"].integers
        let reading = try model.read(inputs["x"].tensor(), training: true)
        try close(reading.logits, expected["logits"])
        let features = try #require(reading.features)
        try close(features, expected["fmaps"])
        let score = try GradCAM.score(logits: reading.logits, labels: Tensor.of(labels.map(Int64.init)))
        let map = try GradCAM.map(score: score, features: features, differentiable: true)
        try close(map, expected["cam_raw"])
        let own = try TargetMaps.normalise(map)
        try close(own, expected["cam_normalised"])
        let targets = try inputs["attention"].tensor()
        for (mode, criterion, key) in [
            (MapSupervision.Mode.match, AttentionCriterion.l1, "match_L1"), (.match, .l2, "match_L2"),
            (.suppressOutside, .l1, "suppress_outside_L1"),
        ] {
            let loss = try MapSupervision(mode, criterion)(attention: own, targets: targets, samples: 2)
            try close(loss, expected["loss_" + key])
            let gradients = [
                "match_L1": "grad_conv_w_of_match_L1", "suppress_outside_L1": "grad_conv_w_of_suppress_L1",
            ]
            guard let gradient = gradients[key] else { continue }
            try close(
                loss.gradient(of: model.parameters[0].tensor, keepingGraph: true), expected[gradient])
        }
    }

    // MARK: Maps

    @Test(arguments: [("average_nonzero", TargetMaps.Combination.averageNonzero), ("max", .max)])
    func combinedMaps(_ name: String, _ combination: TargetMaps.Combination) throws {
        let file = try OracleTree("gals_attention")
        let found = try #require(try TargetMaps(combination).combine(file["maps_BxPxHxW"].tensor()))
        #expect(found.samples == [0, 1])
        #expect(file[name]["valid"].integers == [1, 1, 0])
        try close(found.maps, file[name]["maps_validx1xHxW"])
        guard combination == .averageNonzero else { return }
        try close(
            MapSupervision.fitted(found.maps, height: 4, width: 4),
            file["average_nonzero_resized_4x4_bilinear_align_corners_false"])
    }

    @Test func resizedMaps() throws {
        let file = try OracleTree("gals_attention")
        let first = try file["maps_BxPxHxW"].tensor().slice(0..<1)
        try close(first.resized(height: 4, width: 4), file["loader_upsample_2x2_to_4x4_of_sample0"])
        let down = file["downsample_4x4_to_2x2"]
        let input = try down["input"].tensor()
        try close(MapSupervision.fitted(input, height: 2, width: 2), down["bilinear_no_antialias"])
        // What must not be used.
        try close(input.resized(height: 2, width: 2, antialias: true), down["bilinear_antialias"])
        let none = try Tensor.zeros([2, 2, 3, 3])
        #expect(try TargetMaps(.averageNonzero).combine(none) == nil)
    }

    @Test func relevanceOfATransformer() throws {
        let file = try OracleTree("gals_vit_relevance")
        let map = try TransformerRelevance.map(attention: file["attn"].tensor(), gradients: file["grad"].tensor())
        try close(map, file["relevance"])
        try close(TargetMaps.normalise(map), file["normalised"])
        let wrong = try Tensor.zeros([2, 2, 4, 4], type: .float64)
        let error = #expect(throws: TorchError.self) {
            _ = try TransformerRelevance.map(attention: wrong, gradients: wrong)
        }
        #expect(error?.message.contains("expected T = 1 + g^2") == true)
    }
}
