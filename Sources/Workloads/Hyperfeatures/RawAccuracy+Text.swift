import Foundation

extension HyperfeaturesInspection.RawResult {
    /// One line per map, then all of them joined; the numbers are fractions of all points.
    public var text: String {
        var lines = ["pairs=\(pairs) points=\(joined.pooled.points)"]
        for (index, cell) in cells.enumerated() {
            let (step, layer) = (index / layout.layers.count, index % layout.layers.count)
            lines.append(
                line("timestep=\(layout.timesteps[step]) layer=\(layer) size=\(layout.layers[layer].text)", cell))
        }
        lines.append(line("joined=\(cells.count)", joined))
        return lines.joined(separator: "\n")
    }

    private func line(_ name: String, _ accuracy: KeypointAccuracy) -> String {
        String(
            format: "%@ pck_bbox=%.4f pck_img=%.4f", name, accuracy.perPoint.byBox, accuracy.perPoint.byImage)
    }
}
