import HyperSchedProtocol

/// Katib's `algorithm` and `earlyStopping`.
struct KatibAlgorithm {
    let spec: Section

    func read(into draft: inout SweepDraft) {
        guard let algorithm = spec.section("algorithm") else {
            spec.error("algorithm", "missing", fix: "write 'algorithm: {algorithmName: random}'")
            return
        }
        algorithm.check(known: ["algorithmName", "algorithmSettings"])
        guard let name = algorithm.text("algorithmName") else {
            algorithm.error("algorithmName", "missing", fix: "write 'algorithmName: random'")
            return
        }
        var settings = settings(algorithm, "algorithmSettings")
        if let seed = settings.removeValue("random_state") {
            if UInt64(seed) != nil {
                draft.seed = seed
            } else {
                algorithm.warn("algorithmSettings.random_state", "ignored")
            }
        }
        method(name, algorithm, &settings, &draft)
        for setting in settings.pairs {
            algorithm.warn("algorithmSettings.\(setting.name)", "ignored: no counterpart (\(setting.value))")
        }
        earlyStopping(into: &draft)
    }

    private func method(
        _ name: String, _ algorithm: Section, _ settings: inout Settings, _ draft: inout SweepDraft
    ) {
        switch name {
        case "random", "grid", "sobol", "tpe": draft.method = name
        case "multivariate-tpe": draft.method = "tpe"
        case "bayesianoptimization", "cmaes":
            draft.method = "tpe"
            algorithm.warn("algorithmName", "\(name) becomes tpe, a Parzen estimator: other draws")
        case "hyperband": hyperband(algorithm, &settings, &draft)
        case "pbt": population(algorithm, &settings, &draft)
        case "enas", "darts":
            algorithm.error("algorithmName", "\(name) has no counterpart", fix: "make the choices parameters")
        default:
            algorithm.unknown(
                "algorithmName", word: name,
                known: [
                    "random", "grid", "sobol", "tpe", "multivariate-tpe", "bayesianoptimization", "cmaes", "hyperband",
                    "pbt",
                ])
        }
    }

    /// There the number of steps is a parameter; here trials report, and are paused and resumed.
    private func hyperband(_ algorithm: Section, _ settings: inout Settings, _ draft: inout SweepDraft) {
        let resource = settings.removeValue("resource_name")
        let most = settings.removeValue("r_l").flatMap(Double.init).flatMap { Int(exactly: $0.rounded()) }
        guard let resource, let most, most >= 1 else {
            algorithm.error(
                "algorithmSettings", "hyperband needs resource_name and r_l", fix: "give both, as Katib asks for")
            return
        }
        var options: [(String, YamlTree)] = [("name", .text("hyperband"))]
        if let eta = settings.removeValue("eta").flatMap(Double.init) {
            options.append(("eta", .int(Int(eta.rounded()))))
        }
        draft.policy = .pairs(options)
        draft.lastStep = most
        draft.stepUnit = resource
        if let index = draft.parameters.firstIndex(where: { $0.0 == resource }) {
            draft.parameters[index].1 = .pairs([("value", .int(most))])
            algorithm.warn(
                "algorithmSettings.resource_name",
                "the parameter \(resource) is \(most) in every trial: a trial reports after each \(resource), and the "
                    + "policy stops or pauses it by these reports; the program must report them and should write "
                    + "checkpoints")
        }
    }

    private func population(_ algorithm: Section, _ settings: inout Settings, _ draft: inout SweepDraft) {
        var options: [(String, YamlTree)] = [("name", .text("pbt"))]
        if let size = settings.removeValue("n_population").flatMap({ Int($0) }) {
            options.append(("population", .int(size)))
        }
        if let quantile = settings.removeValue("truncation_threshold").flatMap(Double.init) {
            options.append(("quantile", .real(quantile)))
        }
        if let chance = settings.removeValue("resample_probability").flatMap(Double.init) {
            options.append(("resample_probability", .real(chance)))
        }
        _ = settings.removeValue("suggestion_trial_dir")
        draft.policy = .pairs(options)
        algorithm.warn(
            "algorithmName",
            "pbt: a program resumes from HYPERSCHED_RESUME_FROM, where Katib gives it a shared directory")
    }

    /// Katib's `medianstop`: a trial is stopped when its best is below the median of the averages of completed ones.
    private func earlyStopping(into draft: inout SweepDraft) {
        guard let section = spec.section("earlyStopping") else { return }
        section.check(known: ["algorithmName", "algorithmSettings"])
        let name = section.text("algorithmName") ?? ""
        guard name == "medianstop" else {
            section.unknown("algorithmName", word: name, known: ["medianstop"])
            return
        }
        var settings = settings(section, "algorithmSettings")
        var options: [(String, YamlTree)] = [("name", .text("median")), ("peers", .text("completed"))]
        if let count = settings.removeValue("min_trials_required").flatMap({ Int($0) }) {
            options.append(("min_trials", .int(count)))
        }
        if let step = settings.removeValue("start_step").flatMap({ Int($0) }) {
            options.append(("grace_steps", .int(step)))
        }
        for setting in settings.pairs { section.warn("algorithmSettings.\(setting.name)", "ignored: no counterpart") }
        if draft.policy != nil {
            section.warn("algorithmName", "median stopping takes the place of the algorithm's own")
        }
        draft.policy = .pairs(options)
    }

    // MARK: Settings

    private struct Settings {
        var pairs: [(name: String, value: String)]

        mutating func removeValue(_ name: String) -> String? {
            guard let index = pairs.firstIndex(where: { $0.name == name }) else { return nil }
            return pairs.remove(at: index).value
        }
    }

    private func settings(_ section: Section, _ key: String) -> Settings {
        Settings(
            pairs: section.sections(key).compactMap { entry in
                entry.check(known: ["name", "value"])
                guard let name = entry.text("name"), let value = entry.text("value") else {
                    entry.error("", "a setting has name and value", fix: "write both")
                    return nil
                }
                return (name, value)
            })
    }
}
