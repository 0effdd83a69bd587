import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Our decisions beside those of Ray Tune, Syne Tune, Optuna and W&B on the same sequences of reports: equal, or
/// different exactly where the rules say so (docs/SCHEDULING.md, "Agreement with other implementations").
///
/// The recorded file is checked by every test run; `scripts/agreement` makes a larger one with the references
/// installed.
@Suite struct AgreementTests {
    enum Expectation {
        case equal
        case different
        /// Rounding decides.
        case either
    }

    struct Tally {
        let name: String
        var decisions = 0
        var stops = 0
        var explained = 0

        init(_ name: String) { self.name = name }

        /// - Parameter expected: what the two rules say; equal where they are the same rule.
        mutating func compare(
            _ ours: Verdict, _ theirs: Character, expected: Expectation, _ place: String
        ) {
            guard theirs != "." else { return }
            decisions += 1
            if theirs == "S" { stops += 1 }
            let differs = (ours.letter == "C") != (theirs == "C")
            if differs { explained += 1 }
            #expect(
                expected == .either || differs == (expected == .different),
                "\(name), \(place): ours \(ours.letter), theirs \(theirs): \(ours.reason?.text ?? "")")
        }

        func report() {
            #expect(decisions > 0 && stops > 0 && stops < decisions, "\(name): nothing was compared")
            print(
                "agreement: \(name): \(decisions - explained) of \(decisions) decisions equal, \(explained) explained")
        }
    }

    private let file: AgreementFile

    init() throws { file = try AgreementFile.load() }

    /// Runs each sequence of a kind beside one reference.
    private func compare(
        _ name: String, _ kind: String, with reference: String, _ policy: (AgreementFile.Sequence) -> PolicySpec,
        expected: (Verdict, RungModel.Place, Int) -> Expectation = { _, _, _ in .equal }
    ) {
        var tally = Tally(name)
        for (number, sequence) in file.sequences.enumerated() where sequence.kind == kind {
            guard let letters = sequence.decisions[reference] else { continue }
            var run = AgreementRun(sequence, policy(sequence))
            var model = RungModel(sequence)
            for (report, letter) in zip(sequence.reports, letters) {
                let verdict = run.decide(report)
                let place = model.place(of: report)
                // At the last step all references stop the trial; here the cluster state does.
                guard report.step < sequence.R else { continue }
                let context = "sequence \(number), trial \(report.trial), step \(report.step)"
                if let place {
                    tally.compare(verdict, letter, expected: expected(verdict, place, sequence.eta), context)
                } else if kind == "median" {
                    tally.compare(verdict, letter, expected: .equal, context)
                } else {
                    #expect(verdict.letter == "C" && letter != "S", "\(name), \(context): no rung is reached")
                }
            }
        }
        tally.report()
    }

    // MARK: The stopping form

    @Test func stoppingByPercentileIsRayTunes() {
        compare("asha stopping, percentile, and Ray Tune", "asha", with: "ray") {
            .asha(ASHAOptions(kind: .stopping, reductionFactor: $0.eta))
        } expected: { _, place, eta in
            isTie(place, eta) ? .either : .equal
        }
    }

    @Test func stoppingByRankIsSyneTunes() {
        compare("asha stopping, rank, and Syne Tune", "asha", with: "syne-tune") {
            .asha(ASHAOptions(kind: .stopping, reductionFactor: $0.eta, cutoff: .rank))
        }
    }

    @Test func stoppingByRankIsWandBsStrictRule() {
        compare("asha stopping, rank, and W&B (strict)", "wandb", with: "wandb") {
            .asha(ASHAOptions(kind: .stopping, reductionFactor: $0.eta, cutoff: .rank))
        }
    }

    /// The percentile of those before it falls between two ranks, and a score between these two may be on either side:
    /// for that one rank the two rules of stopping may differ, for no other.
    @Test func percentileAndRankDifferForOneRankOnly() {
        compare("asha stopping, percentile, and Syne Tune", "asha", with: "syne-tune") {
            .asha(ASHAOptions(kind: .stopping, reductionFactor: $0.eta))
        } expected: { verdict, place, eta in
            guard place.count >= 2 else { return .equal }
            let isAtTheGap = place.better == (place.count - 2) / eta + 1
            let theirsStops = place.better * eta > place.count
            return isAtTheGap && (verdict.letter == "C") == theirsStops ? .different : .equal
        }
    }

    /// The score equals the percentile of the others but for what rounding does to it: a tie, which goes on here, and
    /// elsewhere or not, as it happens.
    private func isTie(_ place: RungModel.Place, _ eta: Int) -> Bool {
        guard place.count >= 2 else { return false }
        let ascending = Array(place.others.reversed())
        let (index, rest) = ((ascending.count - 1) * (eta - 1)).quotientAndRemainder(dividingBy: eta)
        let (low, high) = (ascending[index], ascending[min(index + 1, ascending.count - 1)])
        let percentile = low + (high - low) * Double(rest) / Double(eta)
        return abs(percentile - place.score) <= 4 * max(low.magnitude, high.magnitude).ulp
    }

    // MARK: The promotion form

    /// Optuna can not pause: of the first η - 1 at a rung it lets the best go on, where ASHA's paper pauses them all.
    /// And of equal scores at the edge of the top 1/η it lets all go on, where here the older trials do.
    @Test func promotionIsOptunasButForBootstrapAndTies() {
        compare("asha promotion, and Optuna", "asha", with: "optuna") {
            .asha(ASHAOptions(reductionFactor: $0.eta))
        } expected: { _, place, eta in
            differsFromOptuna(place, eta) ? .different : .equal
        }
    }

    private func differsFromOptuna(_ place: RungModel.Place, _ eta: Int) -> Bool {
        let top = place.count / eta
        if top == 0 { return place.better == 0 }
        return place.better < top && place.better + place.olderEqual >= top
    }

    // MARK: Hyperband

    @Test func hyperbandStoppingIsRayTunes() {
        compare("hyperband stopping, percentile, and Ray Tune", "hyperband", with: "ray") {
            .hyperband(HyperbandOptions(kind: .stopping, reductionFactor: $0.eta))
        } expected: { _, place, eta in
            isTie(place, eta) ? .either : .equal
        }
    }

    @Test func hyperbandByRankIsSyneTunes() {
        compare("hyperband stopping, rank, and Syne Tune", "hyperband", with: "syne-tune") {
            .hyperband(HyperbandOptions(kind: .stopping, reductionFactor: $0.eta, cutoff: .rank))
        }
    }

    @Test func hyperbandPromotionIsOptunasButForBootstrapAndTies() {
        compare("hyperband promotion, and Optuna", "hyperband", with: "optuna") {
            .hyperband(HyperbandOptions(reductionFactor: $0.eta))
        } expected: { _, place, eta in
            differsFromOptuna(place, eta) ? .different : .equal
        }
    }

    /// Optuna takes the floor of a logarithm in floating point: log(243, 3) is 4.999…, so one bracket is lost.
    @Test func bracketSizesAreOptunas() {
        var compared = 0
        for sequence in file.sequences("hyperband") {
            guard let theirs = sequence.weights else { continue }
            let ours = HyperbandBrackets(
                steps: StepRange(min: sequence.r, max: sequence.R), reductionFactor: sequence.eta, limit: nil)
            let lost = (sequence.r, sequence.R, sequence.eta) == (1, 243, 3)
            let limit = lost ? ours.weights.count - 1 : nil
            let comparable = HyperbandBrackets(
                steps: StepRange(min: sequence.r, max: sequence.R), reductionFactor: sequence.eta, limit: limit)
            #expect(comparable.weights == theirs, "r \(sequence.r), R \(sequence.R), eta \(sequence.eta)")
            compared += 1
        }
        #expect(compared > 0)
    }

    // MARK: Median

    @Test func theMedianOfValuesOfCompleteTrialsIsOptunas() {
        compare("median of values of complete trials, and Optuna", "median", with: "optuna") {
            .median(
                MedianOptions(
                    statistic: .value, peers: .completed, graceSteps: $0.grace, minTrials: $0.minTrials!,
                    interval: $0.interval))
        }
    }

    @Test func theMedianOfAveragesIsRayTunes() {
        compare("median of averages, and Ray Tune", "median", with: "ray") {
            .median(MedianOptions(graceSteps: $0.grace, minTrials: $0.minTrials!, interval: 1))
        }
    }

    // MARK: Population based training

    /// Who is replaced is equal; by whom is a draw, here and there from the same best ones.
    @Test func replacementIsSyneTunes() {
        var tally = Tally("pbt, and Syne Tune")
        for (number, sequence) in file.sequences.enumerated() where sequence.kind == "pbt" {
            let options = PBTOptions(
                population: sequence.population, interval: sequence.interval, quantile: sequence.quantile!)
            // Syne Tune compares at multiples of the interval.
            let spec = sequence.spec(.pbt(options), from: min(sequence.interval!, sequence.R))
            var policy = AnyPolicy(spec)
            var known = 0
            var upper = (sequence.upper ?? [])[...]
            for (report, letter) in zip(sequence.reports, sequence.decisions["syne-tune"]!) {
                while known <= max(report.trial, sequence.population! - 1) {
                    known += 1
                    policy.onCreated(Fixture.trial(Int64(known), attempt: 0))
                    policy.onStarted(TrialID(Int64(known)), slots: 1)
                }
                let id = Int64(report.trial + 1)
                let everybody = (1...known).map { Fixture.running(Int64($0)) }
                let verdict = policy.onReport(
                    Fixture.report(id, step: report.step, spec.metric.score(of: report.value)),
                    of: Fixture.trial(id), in: Fixture.view(spec, capacity: known, running: everybody, canCreate: true))
                guard report.step < sequence.R else {
                    policy.onEnded(TrialID(id), state: .completed)
                    continue
                }
                tally.compare(verdict, letter, expected: .equal, "sequence \(number), trial \(report.trial)")
                guard letter == "S", let best = upper.popFirst() else { continue }
                let donor = verdict.reason?.rivals.first.map { Int($0.rawValue) - 1 }
                #expect(donor.map(best.contains) == true, "the donor \(donor ?? -1) is not among \(best)")
            }
        }
        tally.report()
    }
}
