import HyperSchedProtocol

/// `hypersched.external`: how `method: external` treats the program that proposes configurations.
struct ExternalReader {
    let top: Section
    let method: SearchMethod?

    /// nil where the file says nothing, or nothing legal: that is noted then.
    func options() -> ExternalSearch? {
        guard let block = top.value("hypersched").flatMap({ Section($0, path: "hypersched", top.findings) }),
            let section = block.section("external")
        else { return nil }
        section.check(known: ["wait", "queue"])
        if let method, method != .external {
            block.warn("external", "has no effect with method \(method.rawValue)")
            return nil
        }
        var options = ExternalSearch()
        if section.has("wait") { options.waitSeconds = section.duration("wait") ?? 0 }
        if section.has("queue") { options.queue = section.integer("queue", in: 1...10_000) ?? 0 }
        return options
    }
}
