import HyperSchedProtocol
import Testing
import WorkerAgent

@Suite struct CommandTemplateTests {
    static let template = CommandTemplate(
        configuration: Configuration([
            ("use_bn", .bool(true)), ("lr", .real(0.0001)), ("augment", .bool(false)), ("name", .string("a b${env}")),
            ("depth", .int(18)),
        ]), parametersFile: "/w/params/1.json", environment: ["DATA": "/data set", "EMPTY": ""], program: "train.py")

    @Test(arguments: [
        (["${env}", "${interpreter}", "${program}"], ["/usr/bin/env", "python3", "train.py"]),
        (
            ["run", "${args}"],
            ["run", "--augment=False", "--depth=18", "--lr=0.0001", "--name=a b${env}", "--use_bn=True"]
        ),
        (
            ["run", "${args_no_hyphens}"],
            ["run", "augment=False", "depth=18", "lr=0.0001", "name=a b${env}", "use_bn=True"]
        ),
        (["run", "${args_no_boolean_flags}"], ["run", "--depth=18", "--lr=0.0001", "--name=a b${env}", "--use_bn"]),
        (
            ["run", "${args_json}"],
            ["run", #"{"augment":false,"depth":18,"lr":0.0001,"name":"a b${env}","use_bn":true}"#]
        ),
        (["run", "${args_json_file}", "--p=${params_file}"], ["run", "/w/params/1.json", "--p=/w/params/1.json"]),
        (["run", "--data=${envvar:DATA}/x", "${envvar:EMPTY}"], ["run", "--data=/data set/x", ""]),
        (["run", "$HOME", "$", "$$", "{}", "a}b"], ["run", "$HOME", "$", "$$", "{}", "a}b"]),
        (["run", "echo ${HOME} ${x"], ["run", "echo ${HOME} ${x"]),
        (["run", "--rate=${param:lr}", "${param:use_bn}"], ["run", "--rate=0.0001", "True"]),
    ]) func expansion(_ command: [String], _ arguments: [String]) throws {
        #expect(try Self.template.expand(command) == arguments)
    }

    @Test(
        arguments: [
            ([], CommandTemplateError.empty), (["${envvar:EMPTY}"], .empty),
            (["x", "${nope}"], .unknownMacro("${nope}")),
            (["x", "${open"], .unknownMacro("${open")), (["x", "--a=${args}"], .listInsideText("${args}")),
            (["x", "${envvar:NONE}"], .variableNotSet("NONE")),
            (["x", "${param:none}"], .noParameter("none")),
        ] as [([String], CommandTemplateError)]) func mistakes(_ command: [String], _ error: CommandTemplateError)
    {
        #expect(throws: error) { try Self.template.expand(command) }
    }

    /// As W&B 0.31 passes them (wandb/sdk/launch/sweeps/utils.py): a dictionary as the text that Python gives for it.
    @Test func nestedParameters() throws {
        typealias Entry = Configuration.Entry
        let template = CommandTemplate(
            configuration: Configuration(entries: [
                Entry(name: "opt.lr", groups: ["opt"], value: .real(0.1)),
                Entry(name: "opt.name", groups: ["opt"], value: .string("it's")),
                Entry(name: "opt.sched.warm", groups: ["opt", "sched"], value: .bool(true)),
                Entry(name: "batch", value: .int(8)), Entry(name: "a.b", value: .bool(false)),
            ]), parametersFile: "/p", environment: [:])
        let dictionary = #"{'lr': 0.1, 'name': "it's", 'sched': {'warm': True}}"#
        let cases: [String: [String]] = [
            "${args}": ["--a.b=False", "--batch=8", "--opt=" + dictionary],
            "${args_no_equals}": ["--a.b", "False", "--batch", "8", "--opt", dictionary],
            "${args_no_hyphens}": ["a.b=False", "batch=8", "opt=" + dictionary],
            "${args_append_hydra}": ["+a.b=False", "+batch=8", "+opt=" + dictionary],
            "${args_override_hydra}": ["++a.b=False", "++batch=8", "++opt=" + dictionary],
            "${args_no_boolean_flags}": ["--batch=8", "--opt=" + dictionary],
            "${args_dotted}": ["--a.b=False", "--batch=8", "--opt.lr=0.1", "--opt.name=it's", "--opt.sched.warm=True"],
            "${args_dotted_no_hyphens}": [
                "a.b=False", "batch=8", "opt.lr=0.1", "opt.name=it's", "opt.sched.warm=True",
            ],
            "${args_json}": [#"{"a.b":false,"batch":8,"opt":{"lr":0.1,"name":"it's","sched":{"warm":true}}}"#],
        ]
        for (macro, arguments) in cases { #expect(try template.expand(["x", macro]) == ["x"] + arguments, "\(macro)") }
    }

    @Test func withoutAProgram() {
        var template = Self.template
        template.program = nil
        #expect(throws: CommandTemplateError.noProgram) { try template.expand(["${program}"]) }
    }

    @Test func alwaysTheSame() throws {
        let command = ["x", "${args}", "${args_json}"]
        let first = try Self.template.expand(command)
        for _ in 0..<100 { #expect(try Self.template.expand(command) == first) }
    }
}
