import Torch

/// What one augmentation network has to learn: the ways between the texts of two domains, one per source text and
/// class, and which of them each row has to go.
struct AugmentationTask {
    /// `[R, K, D]`: the texts that rows start from, flattened to `[R * K, D]`, and those that they are to reach.
    let starts: Tensor
    let goals: Tensor
    /// `[R * K, D]`: unit vectors from start to goal.
    let directions: Tensor
    /// `[K, D]`: by which texts the class of a moved row is read.
    let classTexts: Tensor
    private let sources: Int
    private let classes: Int
    private let isEntangled: Bool
    /// `[R, D]`: the mean of a domain's texts, for rows whose domain is unknown.
    private let domainTexts: Tensor
    private let target: Int

    /// From the source domain to the `index`-th target domain.
    /// - Parameter classTexts: nil for those of the target domain.
    static func shift(
        to index: Int, domain: Int, source: Tensor, target: Tensor, classTexts: Tensor?
    ) throws(TorchError) -> AugmentationTask {
        let goal = try target.slice(index..<index + 1)
        let own = try goal.droppingAxis(0)
        return try AugmentationTask(
            source: source, goal: goal.expanded(source.shape()), classTexts: classTexts ?? own, isEntangled: false,
            target: domain)
    }

    /// Between two domains, each row to the one that it is not of.
    static func exchange(source: Tensor, classTexts: Tensor) throws(TorchError) -> AugmentationTask {
        try AugmentationTask(
            source: source, goal: source.flipped([0]), classTexts: classTexts, isEntangled: true, target: 0)
    }

    private init(
        source: Tensor, goal: Tensor, classTexts: Tensor, isEntangled: Bool, target: Int
    ) throws(TorchError) {
        let shape = try source.shape()
        (sources, classes) = (shape[0], shape[1])
        starts = try source.reshaped([-1, shape[2]]).contiguous()
        goals = try goal.reshaped([-1, shape[2]]).contiguous()
        directions = try (goals - starts).normalised(axis: 1)
        domainTexts = try source.mean(axis: 1).normalised(axis: 1)
        self.classTexts = classTexts
        self.isEntangled = isEntangled
        self.target = target
    }

    /// Which row of `directions` each image goes along.
    /// - Parameter trustsDomains: takes the file's domains; otherwise the text that an image is nearest to decides.
    ///   Only where domains are exchanged.
    func places(of rows: EmbeddingRows, trustsDomains: Bool) throws(TorchError) -> [Int] {
        let chosen: [Int]
        if isEntangled {
            chosen = trustsDomains ? rows.domains : try weakDomains(of: rows)
        } else {
            chosen = try nearestSources(of: rows)
        }
        return zip(chosen, rows.labels).map { $0 * classes + $1 }
    }

    /// The domain that each image becomes one of.
    func domains(after rows: EmbeddingRows, places: [Int]) -> [Int] {
        isEntangled ? places.map { 1 - $0 / classes } : [Int](repeating: target, count: rows.count)
    }

    /// The source prompt that, with the row's own class, is nearest to it; the first on ties.
    private func nearestSources(of rows: EmbeddingRows) throws(TorchError) -> [Int] {
        let unit = try rows.features.normalised(axis: 1)
        let cosines = try unit.matmul(starts.transposed()).reshaped([rows.count, sources, classes])
        let own = try rows.labelTensor().reshaped([-1, 1, 1]).expanded([rows.count, sources, 1])
        return try cosines.gathering(own, axis: 2).droppingAxis(2).argmax(axis: 1).values(Int64.self).map { Int($0) }
    }

    private func weakDomains(of rows: EmbeddingRows) throws(TorchError) -> [Int] {
        let cosines = try rows.features.normalised(axis: 1).matmul(domainTexts.transposed())
        return try cosines.argmax(axis: 1).values(Int64.self).map { Int($0) }
    }
}
