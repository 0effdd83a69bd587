import HyperSchedProtocol

/// Checks a domain against what a bundled workload takes, so that no trial starts only to exit with "bad parameters".
struct WorkloadCheck {
    let section: Section
    let known: WorkloadParameter

    func check(_ domain: ParameterDomain) {
        switch domain {
        case .constant(let value): check([value], key: "value")
        case .categorical(let values, _): check(values, key: "values")
        case .intUniform(let min, let max): check([.int(min), .int(max)], key: nil)
        case .uniform(let min, let max), .logUniform(let min, let max), .inverseLogUniform(let min, let max):
            checkContinuous(min, max)
        case .quantizedUniform(let min, let max, let q), .quantizedLogUniform(let min, let max, let q):
            checkMultiples(QuantizedRange(min: min, max: max, q: q), q)
        case .beta: checkContinuous(0, 1)
        case .quantizedBeta(_, _, let q): checkMultiples(QuantizedRange(min: 0, max: 1, q: q), q)
        case .normal, .logNormal: checkUnbounded(isWhole: false)
        case .quantizedNormal(_, _, let q), .quantizedLogNormal(_, _, let q): checkUnbounded(isWhole: q.rounded() == q)
        }
    }

    /// - Parameter key: nil: the values are the ends of the range, in order.
    private func check(_ values: [ParameterValue], key: String?) {
        for (index, value) in values.enumerated() where known.accepted(value) == nil {
            section.error(
                key ?? (index == 0 ? "min" : "max"), "expected \(known.expectation), found \(value.text)",
                fix: "write \(known.expectation)")
        }
    }

    private func checkContinuous(_ min: Double, _ max: Double) {
        if case .int = known.kind {
            section.error(
                "min", "expected \(known.expectation), found a range of real numbers",
                fix: "write min and max without a point, or 'distribution: q_log_uniform_values' with 'q: 1'")
            return
        }
        check([.real(min), .real(max)], key: nil)
    }

    private func checkMultiples(_ range: QuantizedRange, _ q: Double) {
        if case .int = known.kind, q.rounded() != q {
            section.error("q", "expected \(known.expectation), found multiples of \(q)", fix: "write a whole number")
            return
        }
        check([.real(range.first), .real(range.last)], key: nil)
    }

    private func checkUnbounded(isWhole: Bool) {
        switch known.kind {
        case .real:
            section.warn("distribution", "may draw values outside of what \(known.name) takes: \(known.expectation)")
        case .int where isWhole:
            section.warn("distribution", "may draw values outside of what \(known.name) takes: \(known.expectation)")
        case .int, .choice, .text, .bool:
            section.error("distribution", "expected \(known.expectation)", fix: "write \(known.expectation)")
        }
    }
}
