import Torch

/// Finds corresponding places of two images by the cosine of their descriptors.
struct DescriptorMatcher: Sendable {
    /// The size that descriptor maps are brought to before they are compared.
    let extent: ImageExtent

    /// For each point of the source the best place in the target, and the cosine there.
    /// - Parameters:
    ///   - source: descriptors `[channels, h, w]`; maps are resized before lengths are made 1.
    ///   - points: on the grid of `extent`; rounded to cells.
    func matches(
        source: Tensor, target: Tensor, points: [ImagePoint]
    ) throws(TorchError) -> [(cell: Int, cosine: Double)] {
        let cells = try Tensor.of(points.map { $0.cell(of: extent) })
        let from = try MatchingLoss.directions(
            enlarged(source).reshaped([try source.shape()[0], -1])
                .selecting(cells, axis: 1))
        let to = try MatchingLoss.directions(enlarged(target))
        let cosines = try from.transposed().matmul(to)
        // The first of equal cells wins.
        let best = try cosines.argmax(axis: 1)
        let values = try cosines.gathering(best.insertingAxis(1), axis: 1).converted(to: .float64).values(Double.self)
        return try zip(best.values(Int64.self), values).map { (cell: Int($0), cosine: $1) }
    }

    private func enlarged(_ descriptors: Tensor) throws(TorchError) -> Tensor {
        let shape = try descriptors.shape()
        if shape[1] == extent.height && shape[2] == extent.width { return descriptors }
        return try descriptors.insertingAxis(0).resized(height: extent.height, width: extent.width).droppingAxis(0)
    }

    /// Cells of the first map whose best match has them as its own best match ("best buddies"), and each cell's best
    /// match in the other map.
    static func mutualNeighbours(
        _ first: Tensor, _ second: Tensor
    ) throws(TorchError) -> (mutual: [Int], forth: [Int], back: [Int]) {
        let cosines = try MatchingLoss.directions(first).transposed().matmul(MatchingLoss.directions(second))
        let forth = try cosines.argmax(axis: 1).values(Int64.self).map { Int($0) }
        let back = try cosines.argmax(axis: 0).values(Int64.self).map { Int($0) }
        return (forth.indices.filter { back[forth[$0]] == $0 }, forth, back)
    }
}
