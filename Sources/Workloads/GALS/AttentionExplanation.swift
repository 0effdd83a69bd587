import Torch

/// Where networks look at some images: a row per image, and for each network the gradient of its loss with respect to
/// the image, Grad-CAM of the label and the map of its attention branch.
public struct AttentionExplanation: Equatable, Sendable {
    public struct Panel: Equatable, Sendable {
        public let title: String
        /// Below the picture, for example what was predicted.
        public let caption: String
        public let picture: Picture
    }

    public struct Row: Equatable, Sendable {
        public let title: String
        public let panels: [Panel]
    }

    public let rows: [Row]

    /// Pixels of a panel on each side.
    static let side = 128

    /// The first values that are cut off where gradients are shown: a few pixels would hide all others.
    private static let clipped = 0.01

    /// - Parameters:
    ///   - names: of the networks, as titles.
    ///   - indices: of images of the split; nil for the first of each group.
    static func make(
        _ files: [GALSNetworkFile], names: [String], split: GALSInspection.Split, indices: [Int]?
    ) throws(WorkloadError) -> AttentionExplanation {
        let part = try files[0].part(split)
        for (file, name) in zip(files, names).dropFirst() {
            guard file.notes.shape == files[0].notes.shape, file.notes.classNames == files[0].notes.classNames else {
                throw WorkloadError(
                    .badData,
                    "\(name): expected a network for images of \(files[0].notes.shape.text) in "
                        + "\(files[0].notes.classNames.count) classes as \(names[0]), found "
                        + "\(file.notes.shape.text) and \(file.notes.classNames.count)")
            }
        }
        let groups = 0..<files[0].notes.groupNames.count
        let chosen = indices ?? groups.compactMap { group in part.groups.firstIndex(of: group) }
        for index in chosen where !part.groups.indices.contains(index) {
            throw WorkloadError(.badParameters, "index: expected 0 to \(part.images.count - 1), found \(index)")
        }
        return try WorkloadError.lifting { () throws(TorchError) in
            var rows: [Row] = []
            for index in chosen { rows.append(try row(files, names, part, split, index)) }
            return AttentionExplanation(rows: rows)
        }
    }

    private static func row(
        _ files: [GALSNetworkFile], _ names: [String], _ part: GALSPart, _ split: GALSInspection.Split, _ index: Int
    ) throws(TorchError) -> Row {
        let label = Int(part.images.labels[index])
        let image = try part.images.picture(index).resized(width: side, height: side, .nearest)
        var panels = [Panel(title: "image", caption: part.images.classNames[label], picture: image)]
        if let maps = part.maps, let target = try target(files[0].configuration.targetMaps(maps), maps, part, index) {
            panels.append(
                Panel(title: "map", caption: "where the evidence is", picture: HeatMap.over(image, values: target)))
        }
        for (file, name) in zip(files, names) { panels += try looks(file, name, part, index, image) }
        let group = files[0].notes.groupNames[part.groups[index]]
        return Row(title: "\(split.rawValue) image \(index): \(group)", panels: panels)
    }

    private static func target(
        _ targets: TargetMaps, _ maps: StoredMaps, _ part: GALSPart, _ index: Int
    ) throws(TorchError) -> [Double]? {
        guard let map = try targets.combine(maps.selecting([index]), height: side, width: side) else { return nil }
        return try map.maps.converted(to: .float64).values(Double.self)
    }

    private static func looks(
        _ file: GALSNetworkFile, _ name: String, _ part: GALSPart, _ index: Int, _ image: Picture
    ) throws(TorchError) -> [Panel] {
        let batch = try ImageBatcher(images: part.images, statistics: file.notes.statistics).plain(index..<index + 1)
        let view = try AttentionView(
            of: file.network, images: batch.images, labels: [Int(part.images.labels[index])])
        let said = try verdict(view.logits, part.images.classNames)
        func panel(_ title: String, _ map: Tensor, clip: Bool) throws(TorchError) -> Panel {
            let values = try map.resized(height: side, width: side, clip ? .nearest : .bilinear)
                .converted(to: .float64).values(Double.self)
            return Panel(
                title: "\(name): \(title)", caption: said, picture: HeatMap.over(image, values: scaled(values, clip)))
        }
        var panels = [try panel("gradient", view.gradient, clip: true)]
        if let cam = view.cam { panels.append(try panel("Grad-CAM", cam, clip: false)) }
        if let attention = view.attention { panels.append(try panel("attention", attention, clip: false)) }
        return panels
    }

    /// To 0...1 by the largest value, or by the largest but for a hundredth of all.
    private static func scaled(_ values: [Double], _ clip: Bool) -> [Double] {
        let ordered = values.sorted()
        let top = ordered[clip ? Int(Double(ordered.count - 1) * (1 - clipped)) : ordered.count - 1]
        return top > 0 ? values.map { $0 / top } : values
    }

    private static func verdict(_ logits: Tensor, _ names: [String]) throws(TorchError) -> String {
        let probabilities = try InputGradientPenalty.logProbabilities(logits).exp()
            .converted(to: .float64).values(Double.self)
        let prediction = try ClassificationLoss.predictions(logits)[0]
        return "says \(names[prediction]) (\(Int((100 * probabilities[prediction]).rounded())) %)"
    }
}
