/// How often predictions are right. Fractions of 1.
public struct ClassificationScore: Equatable, Sendable {
    public let classes: GroupAccuracy
    public let groups: GroupAccuracy

    public init(predictions: [Int], labels: [Int], groups: [Int], classCount: Int) {
        classes = GroupAccuracy(predictions: predictions, labels: labels, groups: labels, count: classCount)
        self.groups = GroupAccuracy(
            predictions: predictions, labels: labels, groups: groups, count: (groups.max() ?? -1) + 1)
    }

    public var accuracy: Double { classes.overall }
    /// Mean of the accuracies of the classes that occur.
    public var balanced: Double { classes.mean }
    public var worstGroup: Double { groups.worst }
}
