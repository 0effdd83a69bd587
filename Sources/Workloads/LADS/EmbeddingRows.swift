public import Torch

/// Images as vectors, one row each.
public struct EmbeddingRows {
    /// `[N, D]` float32
    public let features: Tensor
    /// Class of each row, from 0.
    public let labels: [Int]
    /// Domain of each row, from 0.
    public let domains: [Int]
    /// What worst-group accuracy is measured over; nil for each combination of class and domain.
    public let groups: [Int]?

    public init(features: Tensor, labels: [Int], domains: [Int], groups: [Int]? = nil) {
        precondition(labels.count == domains.count && (groups == nil || groups?.count == labels.count))
        self.features = features
        self.labels = labels
        self.domains = domains
        self.groups = groups
    }

    public var count: Int { labels.count }

    /// `[N]` int64
    func labelTensor() throws(TorchError) -> Tensor { try Tensor.of(labels.map(Int64.init)) }

    /// The rows with these numbers, in this order.
    func selecting(_ rows: [Int]) throws(TorchError) -> EmbeddingRows {
        EmbeddingRows(
            features: try features.selecting(Tensor.of(rows.map(Int64.init)), axis: 0), labels: rows.map { labels[$0] },
            domains: rows.map { domains[$0] }, groups: groups.map { groups in rows.map { groups[$0] } })
    }

    func appending(_ other: EmbeddingRows) throws(TorchError) -> EmbeddingRows {
        var joined: [Int]?
        if let groups, let more = other.groups { joined = groups + more }
        return EmbeddingRows(
            features: try Tensor.concatenated([features, other.features]), labels: labels + other.labels,
            domains: domains + other.domains, groups: joined)
    }

    /// Every row scaled to length 1.
    func unit() throws(TorchError) -> EmbeddingRows {
        EmbeddingRows(
            features: try features.normalised(axis: 1), labels: labels, domains: domains, groups: groups)
    }
}
