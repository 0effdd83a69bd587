import Torch

/// How a network does on a set of images, by class and by group, and where it looks.
public struct GALSEvaluation: Equatable, Sendable {
    public let groups: GroupAccuracy
    public let classes: GroupAccuracy
    /// The share of the absolute input gradient of the loss that lies outside of the maps; nil without maps.
    public let outsideGradient: Double?
    /// How often Grad-CAM's highest point lies inside of the map (above one half); nil without maps or features.
    public let pointing: Double?

    /// Images by label and prediction: `confusion[label][prediction]`.
    public let confusion: [[Int]]

    private static let batchSize = 500

    /// - Parameter attentionImages: how many images to look at for where the network looks.
    init(
        of network: AnyAttentiveClassifier, on part: GALSPart, groupCount: Int, statistics: PixelStatistics,
        targets: TargetMaps?, attentionImages: Int, device: Device
    ) throws(TorchError) {
        let batcher = ImageBatcher(images: part.images, statistics: statistics)
        var predictions: [Int] = []
        for start in stride(from: 0, to: part.images.count, by: Self.batchSize) {
            let range = start..<min(start + Self.batchSize, part.images.count)
            predictions += try TorchRuntime.withoutGradients { () throws(TorchError) in
                let images = try batcher.plain(range).images.copied(to: device)
                return try ClassificationLoss.predictions(network.read(images, training: false).logits)
            }
        }
        let labels = part.labels
        groups = GroupAccuracy(predictions: predictions, labels: labels, groups: part.groups, count: groupCount)
        classes = GroupAccuracy(
            predictions: predictions, labels: labels, groups: labels, count: part.images.classes)
        var table = [[Int]](
            repeating: [Int](repeating: 0, count: part.images.classes), count: part.images.classes)
        for (label, prediction) in zip(labels, predictions) { table[label][prediction] += 1 }
        confusion = table
        var look = AttentionMeasures()
        if let maps = part.maps, let targets, attentionImages > 0 {
            // Evenly spread: an index often has one group after the other.
            let wanted = min(attentionImages, part.images.count)
            let chosen = (0..<wanted).map { $0 * part.images.count / wanted }
            for start in stride(from: 0, to: wanted, by: Self.batchSize) {
                let piece = Array(chosen[start..<min(start + Self.batchSize, wanted)])
                let images = try batcher.plain(piece).images.copied(to: device)
                try look.add(
                    network, images, labels: piece.map { labels[$0] }, maps: maps.selecting(piece), targets)
            }
        }
        outsideGradient = look.outsideGradient
        pointing = look.pointing.accuracy
    }
}

/// Where a network looks, against where it should.
struct AttentionMeasures {
    private var outside = 0.0
    private var all = 0.0
    private(set) var pointing = PointingGame()

    var outsideGradient: Double? { all > 0 ? outside / all : nil }

    /// - Parameter maps: as stored, one per image.
    mutating func add(
        _ network: some AttentiveClassifier, _ images: Tensor, labels: [Int], maps: Tensor, _ targets: TargetMaps
    ) throws(TorchError) {
        let shape = try images.shape()
        guard let combined = try targets.combine(maps, height: shape[2], width: shape[3]) else { return }
        let device = try images.device()
        let view = try AttentionView(of: network, images: images, labels: labels)
        let chosen = try Tensor.of(combined.samples.map(Int64.init)).copied(to: device)
        let own = try combined.maps.copied(to: device)
        let gradient = try view.gradient.selecting(chosen, axis: 0)
        all += try gradient.sum().item()
        outside += try (gradient * (1 - own)).sum().item()
        guard let cam = view.cam else { return }
        let plane = shape[2] * shape[3]
        let saliency = try cam.selecting(chosen, axis: 0).resized(height: shape[2], width: shape[3])
            .converted(to: .float64).values(Double.self)
        let marks = try own.converted(to: .float64).values(Double.self)
        for sample in combined.samples.indices {
            let range = sample * plane..<(sample + 1) * plane
            pointing.add(saliency: Array(saliency[range]), mask: marks[range].map { $0 > 0.5 })
        }
    }
}

/// Where a network looks at some images.
struct AttentionView {
    let logits: Tensor
    /// The absolute gradient of each image's own loss, summed over channels: `[N, 1, H, W]`.
    let gradient: Tensor
    /// Grad-CAM of the label `[N, 1, h, w]`; nil where the network gives no features.
    let cam: Tensor?
    /// The branch's attention `[N, 1, h, w]`.
    let attention: Tensor?

    init(of network: some AttentiveClassifier, images: Tensor, labels: [Int]) throws(TorchError) {
        let input = try images.detached().requiringGradient()
        let reading = try network.read(input, training: false)
        let loss = try ClassificationLoss()(
            logits: reading.logits, labels: labels, groups: labels, divisor: 1)
        gradient = try loss.gradient(of: input, keepingGraph: true).abs().sum(axes: [1], keepingAxes: true)
        if let features = reading.features {
            let numbers = try Tensor.of(labels.map(Int64.init)).copied(to: images.device())
            let score = try GradCAM.score(logits: reading.logits, labels: numbers)
            cam = try GradCAM.map(score: score, features: features, differentiable: false).detached()
        } else {
            cam = nil
        }
        logits = try reading.logits.detached()
        attention = try reading.branch?.attention.detached()
    }
}
