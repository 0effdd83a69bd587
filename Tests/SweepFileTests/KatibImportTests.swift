import HyperSchedProtocol
import SweepFile
import Testing

/// Experiments written after the published examples of Katib (kubeflow.org/v1beta1).
@Suite struct KatibImportTests {
    static let experiment = """
        apiVersion: kubeflow.org/v1beta1
        kind: Experiment
        metadata:
          namespace: kubeflow
          name: random-mnist
        spec:
          objective:
            type: maximize
            goal: 0.99
            objectiveMetricName: Validation-accuracy
            additionalMetricNames: [Train-accuracy]
          algorithm:
            algorithmName: random
            algorithmSettings: [{name: random_state, value: "42"}]
          parallelTrialCount: 3
          maxTrialCount: 12
          maxFailedTrialCount: 3
          parameters:
            - {name: lr, parameterType: double, feasibleSpace: {min: "0.001", max: "0.1", distribution: logUniform}}
            - {name: momentum, parameterType: double, feasibleSpace: {min: "0.5", max: "0.9", step: "0.1"}}
            - {name: width, parameterType: double, feasibleSpace: {min: "-1", max: "1"}}
            - {name: layers, parameterType: int, feasibleSpace: {min: "2", max: "5"}}
            - {name: odd, parameterType: int, feasibleSpace: {min: "1", max: "9", step: "2"}}
            - {name: batch, parameterType: discrete, feasibleSpace: {list: ["32", "64"]}}
            - {name: optimizer, parameterType: categorical, feasibleSpace: {list: ["sgd", "true"]}}
          trialTemplate:
            primaryContainerName: training
            trialParameters:
              - {name: learningRate, description: rate, reference: lr}
              - {name: opt, reference: optimizer}
            trialSpec:
              apiVersion: batch/v1
              kind: Job
              spec:
                template:
                  spec:
                    restartPolicy: Never
                    containers:
                      - name: training
                        image: docker.io/kubeflowkatib/pytorch-mnist-cpu:latest
                        command:
                          - "python3"
                          - "/opt/mnist.py"
                          - "--epochs=1"
                          - "--lr=${trialParameters.learningRate}"
                          - "--optimizer=${trialParameters.opt}"
                        env: [{name: DATA, value: /data}, {name: KEY, valueFrom: {secretKeyRef: {name: a, key: b}}}]
                        resources: {limits: {nvidia.com/gpu: 2, memory: 1Gi}}
        """

    static func imported(
        _ text: String, _ options: ExperimentImport.Options = .init(deadline: "6h", maxSteps: 10)
    ) throws -> ImportedSweep {
        switch ExperimentImport.read(text, options: options, now: now) {
        case .success(let sweep): return sweep
        case .failure(let error):
            Issue.record("\(error.errors)")
            throw error
        }
    }

    static func refusals(_ text: String) -> [Problem.FieldError] {
        guard case .failure(let error) = ExperimentImport.read(text, options: .init(deadline: "6h"), now: now) else {
            Issue.record("accepted")
            return []
        }
        return error.errors
    }

    @Test func anExperimentBecomesASweep() throws {
        let sweep = try Self.imported(Self.experiment)
        #expect(sweep.format == .katib && sweep.missing == [])
        let spec = try good(sweep.text).spec
        #expect(spec.name == "random-mnist")
        #expect(spec.metric == Metric(name: "Validation-accuracy", goal: .maximize, target: 0.99))
        #expect(spec.method == .random && spec.seed == 42 && spec.limits.trials == 12)
        let text = ParameterValue.string
        #expect(
            spec.parameters.map(\.domain) == [
                .logUniform(min: 0.001, max: 0.1), .quantizedUniform(min: 0.5, max: 0.9, q: 0.1),
                .uniform(min: -1, max: 1), .intUniform(min: 2, max: 5),
                .categorical(values: [1, 3, 5, 7, 9].map { .int($0) }, probabilities: nil),
                .categorical(values: [.int(32), .int(64)], probabilities: nil),
                .categorical(values: [text("sgd"), text("true")], probabilities: nil),
            ])
        #expect(
            spec.program
                == .command([
                    "${env}", "DATA=/data", "python3", "/opt/mnist.py", "--epochs=1", "--lr=${param:lr}",
                    "--optimizer=${param:optimizer}",
                ]))
        #expect(spec.slots == SlotRequest(kind: .gpu, min: 2, max: 2))
        #expect(spec.steps.max == 10 && spec.deadline == now.advanced(bySeconds: 21_600))
    }

    /// Nothing that is left out is left unsaid.
    @Test func everythingLeftOutIsNamed() throws {
        let notes = try Self.imported(Self.experiment).notes.map { $0.split(separator: ": ")[0] }
        #expect(
            Set(notes) == [
                "metadata.namespace", "spec.parallelTrialCount", "spec.maxFailedTrialCount",
                "spec.objective.additionalMetricNames", "spec.parameters[4].feasibleSpace.step",
                "spec.trialTemplate.trialSpec.spec.template.spec.restartPolicy",
                "spec.trialTemplate.trialSpec.spec.template.spec.containers[0].image",
                "spec.trialTemplate.trialSpec.spec.template.spec.containers[0].env[1]",
                "spec.trialTemplate.trialSpec.spec.template.spec.containers[0].resources.limits.memory",
            ])
    }

    @Test func whatIsMissingIsSaid() throws {
        let sweep = try Self.imported(Self.experiment, .init())
        #expect(sweep.missing == ["--deadline", "--max-steps"])
        #expect(sweep.text.contains("# still to be said: hypersched: {in: 6h, steps: {max: 30}}"))
        #expect(try good(sweep.text + "\n---\nhypersched: {in: 1h, steps: {max: 3}}").spec.steps.max == 3)
    }

    @Test func hyperbandHasItsResource() throws {
        let text = Self.experiment.replacing("algorithmName: random", with: "algorithmName: hyperband")
            .replacing(
                #"[{name: random_state, value: "42"}]"#,
                with: #"[{name: resource_name, value: layers}, {name: eta, value: "3"}, {name: r_l, value: "9"}]"#)
        let sweep = try Self.imported(text, .init(deadline: "6h"))
        let spec = try good(sweep.text).spec
        #expect(spec.policy == .hyperband(HyperbandOptions(reductionFactor: 3)))
        #expect(spec.steps == StepRange(unit: "layers", min: 1, max: 9))
        #expect(spec.parameters[3].domain == .constant(.int(9)))
        #expect(sweep.notes.contains { $0.hasPrefix("spec.algorithm.algorithmSettings.resource_name: ") })
    }

    @Test func medianStoppingAndItsSettings() throws {
        let text =
            Self.experiment + """

                  earlyStopping:
                    algorithmName: medianstop
                    algorithmSettings:
                      - {name: min_trials_required, value: "5"}
                      - {name: start_step, value: "4"}
                """
        let spec = try good(try Self.imported(text).text).spec
        guard case .median(let options) = spec.policy else {
            Issue.record("\(spec.policy)")
            return
        }
        #expect(options.minTrials == 5 && options.graceSteps == 4 && options.peers == .completed)
    }

    @Test(arguments: [
        ("algorithmName: random", "algorithmName: darts", "spec.algorithm.algorithmName"),
        ("type: maximize", "type: maximise", "spec.objective.type"),
        (
            "parameterType: int, feasibleSpace: {min: \"2\"", "parameterType: int, feasibleSpace: {min: \"x\"",
            "spec.parameters[3].feasibleSpace.min"
        ),
        (
            "reference: optimizer}", "reference: \"${trialSpec.Name}\"}",
            "spec.trialTemplate.trialParameters[1].reference"
        ),
        (
            "${trialParameters.opt}", "${trialParameters.other}",
            "spec.trialTemplate.trialSpec.spec.template.spec.containers[0].command"
        ),
        ("maxTrialCount: 12", "maxTrialCont: 12", "spec.maxTrialCont"),
        ("distribution: logUniform", "distribution: gamma", "spec.parameters[0].feasibleSpace.distribution"),
        ("min: \"0.001\"", "min: \"0\"", "spec.parameters[0].feasibleSpace.min"),
    ]) func whatHasNoCounterpartIsRefused(_ old: String, _ new: String, _ field: String) {
        #expect(Self.experiment.contains(old))
        #expect(Self.refusals(Self.experiment.replacing(old, with: new)).contains { $0.field == field })
    }

    @Test func severalPodsAreRefused() {
        let head = Self.experiment.prefix(
            upTo: Self.experiment.firstRange(of: "      apiVersion: batch/v1")!.lowerBound)
        let text =
            head + """
                          kind: PyTorchJob
                          spec:
                            pytorchReplicaSpecs:
                              Master: {replicas: 1, template: {spec: {containers: [{name: pytorch, command: [a]}]}}}
                              Worker: {replicas: 2, template: {spec: {containers: [{name: pytorch, command: [a]}]}}}
                """
        #expect(Self.refusals(String(text)).contains { $0.message.contains("with 3 pods for a trial") })
    }

    @Test func whatIsNeitherIsRefused() {
        #expect(Self.refusals("method: random")[0].message.contains("neither an Experiment of Katib"))
        #expect(Self.refusals("a: [")[0].message.contains("not YAML"))
    }
}
