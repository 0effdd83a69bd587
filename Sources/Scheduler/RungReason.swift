internal import HyperSchedProtocol

/// Puts decisions at rungs into words.
struct RungReason {
    let metric: Metric
    let reductionFactor: Int
    let rung: Rung
    let trial: TrialID
    let score: Double
    /// Hyperband's bracket; nil: there is only one.
    var bracket: Int?

    private var numbers: [String: Double] {
        var numbers = [
            "rung": Double(rung.milestone), "value": metric.number(ofScore: score),
            "trials": Double(rung.ranked.count),
        ]
        numbers["bracket"] = bracket.map { Double($0) }
        return numbers
    }

    private var place: String { "rung \(rung.milestone)" + (bracket.map { " of bracket \($0)" } ?? "") }

    /// - Parameter verb: what happens to the trial: `paused`, `pruned`.
    func below(_ cutoff: RungCutoff, of count: Int, verb: String, retested: Bool) -> Reason {
        let when = retested ? " (recorded there) is now" : " is"
        let text =
            "\(verb) at \(place): its \(metric.text(ofScore: score))\(when) \(metric.worse) the cut-off "
            + "\(metric.text(ofScore: cutoff.value)) "
            + "(\(metric.percentileText(reductionFactor: reductionFactor)) of \(count) trials there)"
        var numbers = numbers
        numbers["cutoff"] = metric.number(ofScore: cutoff.value)
        numbers["trials"] = Double(count)
        return Reason(.rungCutoff, text, numbers: numbers, rivals: rung.leaders(besides: trial))
    }

    /// Promotion ASHA: not in the top 1/η.
    func notInTop() -> Reason {
        let (count, top) = (rung.ranked.count, rung.promotable(reductionFactor: reductionFactor))
        let why =
            top == 0
            ? "\(count) trials are there so far, \(reductionFactor) are needed to promote one"
            : "its \(metric.text(ofScore: score)) is not among the best \(top) of \(count) trials there"
        var numbers = numbers
        numbers["promotable"] = Double(top)
        return Reason(
            .rungCutoff, "paused at \(place): \(why)", numbers: numbers,
            rivals: rung.leaders(besides: trial))
    }

    /// D-ASHA: it is in the top 1/η, but so many were promoted before.
    func delayed() -> Reason {
        let (count, top) = (rung.ranked.count, rung.promotable(reductionFactor: reductionFactor))
        var numbers = numbers
        numbers["promotable"] = Double(top)
        numbers["promoted"] = Double(rung.promoted)
        return Reason(
            .rungCutoff,
            "paused at \(place): its \(metric.text(ofScore: score)) is among the best \(top) of \(count) trials there, "
                + "but \(rung.promoted) were promoted before", numbers: numbers, rivals: rung.leaders(besides: trial))
    }

    /// The stopping form that compares ranks: more than n/η trials are better.
    func outranked(by better: Int) -> Reason {
        var numbers = numbers
        numbers["better"] = Double(better)
        return Reason(
            .rungCutoff,
            "pruned at \(place): \(better) of \(rung.ranked.count) trials there are better than its "
                + "\(metric.text(ofScore: score)), more than 1 in \(reductionFactor)",
            numbers: numbers, rivals: rung.leaders(besides: trial))
    }

    func inTop() -> Reason {
        let (count, top) = (rung.ranked.count, rung.promotable(reductionFactor: reductionFactor))
        var numbers = numbers
        numbers["promotable"] = Double(top)
        return Reason(
            .rungPromotion,
            "resumed from \(place): its \(metric.text(ofScore: score)) is among the best \(top) of "
                + "\(count) trials there", numbers: numbers, rivals: rung.leaders(besides: trial))
    }

    func reaches(_ cutoff: RungCutoff?) -> Reason {
        var numbers = numbers
        var why = "no cut-off there yet"
        if let cutoff {
            numbers["cutoff"] = metric.number(ofScore: cutoff.value)
            why =
                "its \(metric.text(ofScore: score)) is not \(metric.worse) the cut-off "
                + "\(metric.text(ofScore: cutoff.value)) "
                + "(\(metric.percentileText(reductionFactor: reductionFactor)) of \(rung.ranked.count) trials there)"
        }
        return Reason(
            .rungPromotion, "resumed from \(place): \(why)", numbers: numbers,
            rivals: rung.leaders(besides: trial))
    }

    func fill() -> Reason {
        Reason(
            .rungFill,
            "resumed from \(place) with \(metric.text(ofScore: score)): nothing else can use the slots",
            numbers: numbers, rivals: rung.leaders(besides: trial))
    }
}
