import HyperSchedProtocol
import Scheduler

extension HyperSchedProtocol.Configuration {
    /// Names of the real values that are whole: JSON writes `2` for 2.0, and it would come back as an integer.
    var wholeReals: [String] {
        entries.compactMap { entry in
            if case .real(let value) = entry.value, value == value.rounded() { entry.name } else { nil }
        }
    }

    /// The configuration with the integers under `names` turned back into reals.
    func restoringWholeReals(_ names: [String]) -> Self {
        if names.isEmpty { return self }
        return mapValues { entry in
            guard names.contains(entry.name), case .int(let value) = entry.value else { return entry.value }
            return .real(Double(value))
        }
    }
}
