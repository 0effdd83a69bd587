internal import HyperSchedProtocol
internal import RealModule
internal import Scheduler

/// What goes wrong at random. All draws come from the seed, the trial and the attempt's number.
public struct SimulatedFaults: Hashable, Sendable {
    public var seed: UInt64
    /// Mean seconds that a process lives before it crashes (exponentially distributed); nil: none crashes.
    public var secondsToCrash: Double?
    /// Spread of an attempt's pace: its steps take exp(spread × a standard normal) times as long.
    public var paceSpread: Double

    public init(seed: UInt64 = 0, secondsToCrash: Double? = nil, paceSpread: Double = 0) {
        self.seed = seed
        self.secondsToCrash = secondsToCrash
        self.paceSpread = paceSpread
    }

    public static let none = SimulatedFaults()

    /// Seconds from the start of the attempt to its crash; nil: it does not crash.
    func crash(of trial: Int64, attempt: Int) -> Double? {
        secondsToCrash.map { -$0 * Double.log(1 - random(trial, attempt).stream("crash").uniform()) }
    }

    /// How many times as long its steps take.
    func pace(of trial: Int64, attempt: Int) -> Double {
        paceSpread == 0 ? 1 : .exp(paceSpread * random(trial, attempt).stream("pace").normal())
    }

    private func random(_ trial: Int64, _ attempt: Int) -> CounterRandom {
        CounterRandom(seed: seed).stream(UInt64(bitPattern: trial)).stream(UInt64(attempt))
    }
}
