import HyperSchedProtocol
import Yams

/// `hypersched.report_pattern`: how metrics are found in the output of a program that knows nothing of us.
struct ReportPatternReader {
    let top: Section
    let block: Section

    private static let key = "report_pattern"
    private static let most = 8
    private static let example =
        "write 'katib', 'json', or a regular expression: 'epoch (?<step>\\d+).*val_acc: (?<val_acc>[\\d.]+)'"

    /// nil where there are none, or one can not be used; that is then noted.
    func patterns() -> [String]? {
        guard let node = block.value(Self.key) else { return nil }
        if top.has("workload") { block.warn(Self.key, "bundled workloads do not need it") }
        let items = node.sequence.map(Array.init) ?? [node]
        guard (1...Self.most).contains(items.count) else {
            block.error(Self.key, "\(items.count) patterns", fix: "write 1 to \(Self.most)")
            return nil
        }
        let texts = items.compactMap(pattern)
        return texts.count == items.count ? texts : nil
    }

    private func pattern(_ item: Node) -> String? {
        guard let text = ScalarText(item)?.text else {
            block.findings.error(block.field(Self.key), at: item, "expected a text", fix: Self.example)
            return nil
        }
        do throws(LinePattern.Mistake) {
            return try ReportPattern(text).text
        } catch {
            block.findings.error(block.field(Self.key), at: item, "'\(text)': \(error)", fix: Self.example)
            return nil
        }
    }
}
