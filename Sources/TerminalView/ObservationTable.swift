public import HyperSchedProtocol

/// What has changed in a sweep, for a person who proposes configurations.
public struct ObservationTable {
    private let page: ObservationPage

    public init(_ page: ObservationPage) { self.page = page }

    public func lines(width: Int) -> [StyledLine] {
        var table = TextTable([
            .init(title: "trial", isNumeric: true), .init(title: "state"),
            .init(title: page.metric.name, isNumeric: true), .init(title: "at", isNumeric: true),
            .init(title: "step", isNumeric: true), .init(title: "configuration"),
        ])
        for item in page.items {
            table.add([
                "\(item.trial)", item.state.rawValue, item.best.map { ValueText.number($0) } ?? "-",
                item.bestStep.map(String.init) ?? "-", "\(item.lastStep)", ValueText.configuration(item.configuration),
            ])
        }
        let more = page.hasMore ? ", and more" : ""
        return (page.items.isEmpty ? [] : table.lines(width: width)) + [
            StyledLine("cursor \(page.cursor)\(more); wanted \(page.wanted); sweep \(page.state.rawValue)")
        ]
    }
}
