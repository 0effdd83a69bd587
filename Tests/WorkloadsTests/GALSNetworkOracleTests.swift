import Testing
import Torch

@testable import Workloads

/// The attention branch in single precision, losses and metrics, against reference results.
@Suite(
    "Attention branch and metrics against reference results", .enabled(if: Oracle.arePresent, Oracle.note),
    .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct GALSNetworkOracleTests {
    private func close(
        _ found: Tensor, _ expected: OracleTree, within tolerance: Double = 1e-5,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let scale = max(1, expected.numbers.map { abs($0) }.max() ?? 1)
        #expect(
            try difference(found.doubles(), expected.numbers) < tolerance * scale, sourceLocation: sourceLocation)
    }

    /// Passes its input on.
    private final class Identity: ImageStage {
        var parameters: [NamedTensor] { [] }
        func callAsFunction(_ input: Tensor, training: Bool) throws(TorchError) -> Tensor { input }
    }

    private func network(_ file: OracleTree, adding: Bool) throws -> AttentiveNetwork {
        var initial = InitialWeights(seed: 1)
        let branch = try AttentionBranch(stage: nil, channels: 3, outputs: 2, initial: &initial)
        let classifier = try Linear(name: "fc", inputs: 3, outputs: 2, initial: &initial)
        let network = AttentiveNetwork(
            .init(trunk: Identity(), last: Identity(), classifier: classifier, branch: branch), addsFeatures: adding)
        let (p, running) = (file["params"], file["bn_running"])
        let values: [String: OracleTree] = [
            "bn_att.weight": p["bn_att_w"], "bn_att.bias": p["bn_att_b"], "att_conv.weight": p["att_conv"],
            "bn_att2.weight": p["bn2_w"], "bn_att2.bias": p["bn2_b"], "att_conv2.weight": p["att_conv2"],
            "att_conv3.weight": p["att_conv3"], "bn_att3.weight": p["bn3_w"], "bn_att3.bias": p["bn3_b"],
            "fc.weight": p["fc_w"], "fc.bias": p["fc_b"], "bn_att.running_mean": running["m1"],
            "bn_att.running_var": running["v1"], "bn_att2.running_mean": running["m2"],
            "bn_att2.running_var": running["v2"], "bn_att3.running_mean": running["m3"],
            "bn_att3.running_var": running["v3"],
        ]
        for named in network.tensors {
            try named.tensor.copy(from: #require(values[named.name], "\(named.name)").tensor().converted(to: .float32))
        }
        return network
    }

    @Test(arguments: ["eval_add", "eval_mul_only", "train_add"]) func attentionBranch(_ name: String) throws {
        let file = try OracleTree("gals_abn")
        let expected = file[name]
        let model = try network(file, adding: name != "eval_mul_only")
        let input = try file["X"].tensor().converted(to: .float32)
        let reading = try model.read(input, training: name == "train_add")
        let branch = try #require(reading.branch)
        try close(reading.logits, expected["logits"])
        try close(branch.logits, expected["att_logits"])
        try close(branch.attention, expected["attention"])
        let labels = file["labels"].integers
        let classes = try ClassificationLoss()(logits: reading.logits, labels: labels, groups: labels, divisor: 2)
        let own = try ClassificationLoss()(logits: branch.logits, labels: labels, groups: labels, divisor: 2)
        try close(classes, expected["cls_loss"])
        try close(own, expected["abn_cls_loss"])
        let masks = try file["segmentation"].tensor().converted(to: .float32)
        let suppress = try MapSupervision(.suppressOutside)(attention: branch.attention, targets: masks, samples: 2)
        let match = try MapSupervision(.match)(attention: branch.attention, targets: masks, samples: 2)
        try close(suppress, expected["supervision_suppress_outside_L1"])
        try close(match, expected["supervision_match_L1"])
        let total = try classes + own + suppress.scaled(by: 0.5)
        try close(total, expected["total_1_1_half"])
        let names = model.parameters.map(\.name)
        let gradients = try total.gradients(of: model.parameters.map(\.tensor))
        for (parameter, key) in [("att_conv.weight", "grad_att_conv"), ("fc.weight", "grad_fc_w")] {
            let place = try #require(names.firstIndex(of: parameter))
            try close(#require(gradients[place]), expected[key])
        }
    }

    /// The step's loss, as the workload uses it, gives the same total.
    @Test func stepLossOfABranch() throws {
        let file = try OracleTree("gals_abn")
        let model = try network(file, adding: true)
        let labels = file["labels"].integers
        let maps = TargetMaps.Combined(
            maps: try file["segmentation"].tensor().converted(to: .float32), samples: [0, 1])
        let part = AttentionStepLoss.Part(
            images: try file["X"].tensor().converted(to: .float32), labels: labels, groups: labels, maps: maps)
        let loss = AttentionStepLoss(
            classification: ClassificationLoss(), attention: .branch(weight: 1, MapSupervision(.suppressOutside), 0.5))
        let result = try loss(model, part, .init(samples: 2, divisor: 2, withMaps: 2))
        try close(result.loss, file["train_add"]["total_1_1_half"])
    }

    /// A given map in the branch's place.
    @Test func givenAttention() throws {
        let file = try OracleTree("gals_abn")
        let p = file["params"]
        let weighted = try AttentionBranch.weighted(file["X"].tensor(), by: file["segmentation"].tensor(), adding: true)
        let logits = try weighted.mean(axes: [2, 3]).linear(weight: p["fc_w"].tensor(), bias: p["fc_b"].tensor())
        try close(logits, file["provided_attention_add"]["logits"], within: 1e-12)
    }

    // MARK: Losses and metrics

    @Test func weights() throws {
        let file = try OracleTree("gals_losses")
        for name in ["waterbirds95_class", "waterbirds100_class", "waterbirds95_group", "coco_min3_class"] {
            let found = ClassificationLoss.inverseFrequencies(file[name]["counts"].integers)
            #expect(difference(found, file[name]["weights"].numbers) < 1e-15)
        }
        #expect(ClassificationLoss.inverseFrequencies([5, 0, 10]) == [1, 0, 0.5])
    }

    @Test func weightedLosses() throws {
        let file = try OracleTree("gals_losses")
        let classes = file["weighted_ce"]
        let labels = classes["labels"].integers
        let weighted = ClassificationLoss(classWeights: classes["class_weights"].numbers)
        let loss = try weighted(
            logits: classes["logits"].tensor(), labels: labels, groups: labels,
            divisor: weighted.divisor(labels: labels))
        try close(loss, classes["loss_weighted_mean"], within: 1e-12)
        let plain = try ClassificationLoss()(
            logits: classes["logits"].tensor(), labels: labels, groups: labels, divisor: 4)
        try close(plain, classes["loss_plain"], within: 1e-12)
        let groups = file["group_weighted_bce"]
        let byGroup = ClassificationLoss(groupWeights: groups["group_weights"].numbers)
        let found = try byGroup(
            logits: groups["logits"].tensor().reshaped([4, 1]), labels: groups["labels"].integers,
            groups: groups["groups"].integers, divisor: 4)
        try close(found, groups["loss"], within: 1e-12)
        // Parts of a batch add up to it.
        let values = try classes["logits"].tensor()
        let divisor = weighted.divisor(labels: labels)
        var sum = 0.0
        for range in [0..<3, 3..<4] {
            let part = Array(labels[range])
            sum += try weighted(logits: values.slice(range), labels: part, groups: part, divisor: divisor).item()
        }
        #expect(abs(sum - classes["loss_weighted_mean"].number) < 1e-12)
    }

    @Test func groupMetrics() throws {
        let file = try OracleTree("gals_metrics")
        let (predictions, labels) = (file["preds"].integers, file["labels"].integers)
        let groups = zip(labels, file["place"].integers).map { 2 * $0 + $1 }
        let found = GroupAccuracy(predictions: predictions, labels: labels, groups: groups, count: 4)
        let byClass = GroupAccuracy(predictions: predictions, labels: labels, groups: labels, count: 2)
        #expect(difference(found.accuracies.compactMap { $0 }, file["group_acc"].numbers) < 1e-15)
        #expect(difference(byClass.accuracies.compactMap { $0 }, file["class_acc"].numbers) < 1e-15)
        let values = [
            found.mean, found.worst, byClass.mean, found.overall,
            found.adjusted(trainingCounts: [3498, 184, 56, 1057]),
        ]
        let names = [
            "per_group_acc_mean", "worst_group_acc", "balanced_class_acc", "overall_acc",
            "adjusted_average_acc_waterbirds95_train_weights",
        ]
        #expect(difference(values, names.map { file[$0].number }) < 1e-15)
    }

    @Test func outcomeBias() throws {
        for expected in try OracleTree("gals_metrics")["coco_gender"]["cases"].elements {
            let bias = OutcomeBias(
                women: expected["woman_correct_asman_asperson"].integers,
                men: expected["man_correct_aswoman_asperson"].integers)
            let found = [bias.ratio, bias.ratioDelta, bias.divergence, bias.binaryDivergence]
            let names = [
                "ratio_pred_woman_over_pred_man", "ratio_delta", "outcome_divergence_JSD_base2_3way",
                "outcome_divergence_binary",
            ]
            #expect(difference(found, names.map { expected[$0].number }) < 1e-12)
        }
    }

    @Test func pointingGame() throws {
        let file = try OracleTree("gals_metrics")["pointing_game"]
        var game = PointingGame()
        for expected in file["cases"].elements {
            let mask = expected["mask"].numbers.map { $0 > 0 }
            #expect(PointingGame.isHit(saliency: expected["saliency"].numbers, mask: mask) == expected["hit"].isTrue)
            game.add(saliency: expected["saliency"].numbers, mask: mask)
        }
        #expect(game.accuracy == file["accuracy"].number)
    }
}
