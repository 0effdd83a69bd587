// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Where libtorch lies: `LIBTORCH_ROOT` (a pip `torch` folder or an unpacked libtorch), else Debian's libtorch-dev.
/// Nil where neither exists; then the shim is built as a stub and nothing of libtorch is linked
/// (docs/decisions/0004-manifest-looks-for-libtorch.md).
struct TorchInstallation {
    let headers: [String]
    let libraries: String?
    let names: [String]
    let isVersion1: Bool

    init?(root: String?) {
        let base = root ?? "/usr"
        let api = base + "/include/torch/csrc/api/include"
        guard FileManager.default.fileExists(atPath: api + "/torch/torch.h") else { return nil }
        headers = (root == nil ? [] : [base + "/include"]) + [api]
        libraries = root == nil ? nil : base + "/lib"
        let version = (try? String(contentsOfFile: api + "/torch/version.h", encoding: .utf8)) ?? ""
        isVersion1 = version.contains("TORCH_VERSION_MAJOR 1\n")
        let cuda = FileManager.default.fileExists(atPath: base + "/lib/libtorch_cuda.so")
        names = ["torch", "torch_cpu", "c10"] + (cuda ? ["torch_cuda", "c10_cuda"] : [])
    }

    var cxxSettings: [CXXSetting] { [.unsafeFlags(headers.flatMap { ["-isystem", $0] })] }

    var linkerSettings: [LinkerSetting] {
        let path =
            libraries.map { [LinkerSetting.unsafeFlags(["-L", $0, "-Xlinker", "-rpath", "-Xlinker", $0])] } ?? []
        return path + names.map { .linkedLibrary($0) }
    }
}

/// The macros that leave out a decoder whose header is missing.
let imageSettings: [CSetting] = [("png.h", "CIMAGE_NO_PNG"), ("turbojpeg.h", "CIMAGE_NO_JPEG")]
    .compactMap { header, macro in hasHeader(header) ? nil : .define(macro) }
let imageLibraries: [LinkerSetting] = [("png.h", "png"), ("turbojpeg.h", "turbojpeg")]
    .compactMap { header, library in hasHeader(header) ? .linkedLibrary(library) : nil }

func hasHeader(_ name: String) -> Bool {
    ["/usr/include", "/usr/local/include"].contains { FileManager.default.fileExists(atPath: $0 + "/" + name) }
}

let torch = TorchInstallation(root: Context.environment["LIBTORCH_ROOT"])

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hashTrees = Target.Dependency.product(name: "HashTreeCollections", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(
    name: "HummingbirdTLS", package: "hummingbird", condition: .when(traits: ["TLS"]))
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"]))
let numerics = Target.Dependency.product(name: "RealModule", package: "swift-numerics")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "HyperSchedd",
    products: [
        .executable(name: "hyperschedd", targets: ["HyperSchedd"]),
        .executable(name: "hypersched", targets: ["HyperSchedCLI"]),
        .executable(name: "hypersched-trial", targets: ["TrialRunner"]),
    ],
    traits: [
        .trait(name: "TLS", description: "The daemon speaks TLS itself: `swift build --traits TLS` compiles BoringSSL.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.2"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Without its traits it needs neither swift-configuration nor all of Foundation: a shorter build.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        // The pure core (no clock, no I/O)
        .target(name: "HyperSchedProtocol", swiftSettings: strict),
        .target(name: "Scheduler", dependencies: ["HyperSchedProtocol", hashTrees, numerics], swiftSettings: strict),
        .target(
            name: "Simulator", dependencies: ["HyperSchedProtocol", "Scheduler", heap, numerics], swiftSettings: strict),

        .target(name: "Pictures", dependencies: ["HyperSchedProtocol"], swiftSettings: strict),
        .target(
            name: "CurveReplay",
            dependencies: ["HyperSchedProtocol", "Scheduler", "Simulator", "SweepFile", "Pictures", "CZlib"],
            swiftSettings: strict),
        .executableTarget(
            name: "policy-bench",
            dependencies: ["HyperSchedProtocol", "Scheduler", "Simulator", "CurveReplay", argumentParser],
            path: "Sources/PolicyBench", swiftSettings: strict),
        .executableTarget(
            name: "sampler-bench", dependencies: ["HyperSchedProtocol", "Scheduler"], path: "Sources/SamplerBench",
            swiftSettings: strict),
        .executableTarget(
            name: "core-bench", dependencies: ["HyperSchedProtocol", "Scheduler", argumentParser],
            path: "Sources/CoreBench", swiftSettings: strict),

        // The daemon
        .target(name: "SweepFile", dependencies: ["HyperSchedProtocol", "Scheduler", yams], swiftSettings: strict),
        .target(name: "TrialStore", dependencies: ["HyperSchedProtocol", "Scheduler", grdb], swiftSettings: strict),
        .target(
            name: "Dashboard", dependencies: ["HyperSchedProtocol", "Pictures", "TerminalView", mustache],
            resources: [.embedInCode("Pages"), .embedInCode("Assets")], swiftSettings: strict),
        .target(
            name: "DaemonCore",
            dependencies: [
                "HyperSchedProtocol", "HyperSchedClient", "Scheduler", "SweepFile", "TrialStore", "Dashboard",
                "Pictures", hummingbird, hummingbirdCore, hummingbirdTLS, lifecycle, logging, nio, nioHTTPTypes, nioSSL,
                signals, yams,
            ],
            resources: [.embedInCode("Description")], swiftSettings: strict),
        .executableTarget(
            name: "HyperSchedd", dependencies: ["DaemonCore", "HyperSchedProtocol", argumentParser, logging],
            swiftSettings: strict),

        // The agent and the command line
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CTerminal"),
        .target(name: "CProcess", cSettings: [.treatAllWarnings(as: .error)]),
        .target(name: "HyperSchedClient", dependencies: ["HyperSchedProtocol", "CCurl"], swiftSettings: strict),
        .executableTarget(
            name: "daemon-bench", dependencies: ["HyperSchedProtocol", "HyperSchedClient", argumentParser],
            path: "Sources/DaemonBench", swiftSettings: strict),
        .target(
            name: "TrialEndpoint",
            dependencies: ["HyperSchedProtocol", hummingbird, hummingbirdCore, lifecycle, logging, nio],
            swiftSettings: strict),
        .target(
            name: "WorkerAgent",
            dependencies: ["HyperSchedProtocol", "HyperSchedClient", "TrialEndpoint", "CProcess", logging, subprocess],
            swiftSettings: strict),
        .target(name: "TerminalView", dependencies: ["HyperSchedProtocol"], swiftSettings: strict),
        .executableTarget(
            name: "HyperSchedCLI",
            dependencies: [
                "HyperSchedProtocol", "HyperSchedClient", "CurveReplay", "Pictures", "SweepFile", "Scheduler",
                "Simulator", "WorkerAgent", "TerminalView", "CTerminal", argumentParser, logging, subprocess, yams,
            ],
            swiftSettings: strict),

        // Training
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "CTorch",
            // Debug builds train too: without optimisation the loops of normpool.cpp would rule the test time.
            cxxSettings: (torch?.cxxSettings ?? [.define("CTORCH_STUB")])
                + [.unsafeFlags(["-O2"]), .treatAllWarnings(as: .error)],
            linkerSettings: torch?.linkerSettings ?? []),
        .target(
            name: "CImage", cSettings: imageSettings + [.treatAllWarnings(as: .error)], linkerSettings: imageLibraries),
        .target(name: "Torch", dependencies: ["CTorch"], swiftSettings: strict),
        .target(
            name: "Workloads", dependencies: ["HyperSchedProtocol", "Torch", "CImage", "CZlib"], swiftSettings: strict),
        .executableTarget(
            name: "TrialRunner", dependencies: ["Workloads", "HyperSchedProtocol", "Torch", argumentParser],
            swiftSettings: strict),

        // Tests
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(
            name: "SchedulerTests", dependencies: ["Scheduler", "HyperSchedProtocol", numerics],
            exclude: ["Agreement"], swiftSettings: strict),
        .testTarget(
            name: "ClusterTests", dependencies: ["Scheduler", "Simulator", "HyperSchedProtocol"], swiftSettings: strict),
        .testTarget(
            name: "CurveReplayTests",
            dependencies: ["HyperSchedProtocol", "Scheduler", "Simulator", "CurveReplay", "Pictures"],
            swiftSettings: strict),
        .testTarget(
            name: "DeadlineTests", dependencies: ["Scheduler", "Simulator", "HyperSchedProtocol"], swiftSettings: strict
        ),
        .testTarget(
            name: "SweepFileTests", dependencies: ["SweepFile", "HyperSchedProtocol", "Scheduler"],
            exclude: ["WandB"], swiftSettings: strict),
        .testTarget(
            name: "TrialStoreTests", dependencies: ["HyperSchedProtocol", "Scheduler", "TrialStore", grdb],
            exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "HyperSchedProtocol", "HyperSchedClient", "Scheduler", "TrialStore", "DaemonCore", "HyperSchedd",
                "SweepFile", logging, yams, grdb, hummingbird,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ClientTests", dependencies: ["HyperSchedClient", "HyperSchedProtocol"], swiftSettings: strict),
        .testTarget(
            name: "CLITests",
            dependencies: ["HyperSchedCLI", "TerminalView", "HyperSchedClient", "HyperSchedProtocol", argumentParser],
            swiftSettings: strict),
        .target(
            name: "AgentTestSupport", dependencies: ["HyperSchedProtocol", "WorkerAgent", "CProcess"],
            path: "Tests/AgentTestSupport", swiftSettings: strict),
        .executableTarget(
            name: "agent-fixture", dependencies: ["HyperSchedProtocol", "WorkerAgent", "AgentTestSupport", logging],
            path: "Tests/AgentFixture", swiftSettings: strict),
        .testTarget(
            name: "WorkerAgentTests",
            dependencies: [
                "HyperSchedProtocol", "HyperSchedClient", "TrialEndpoint", "WorkerAgent", "AgentTestSupport",
                "CProcess",
                "agent-fixture", logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["HyperSchedProtocol", "HyperSchedClient", "HyperSchedd", "HyperSchedCLI", "TrialRunner"],
            exclude: ["Programs"], swiftSettings: strict),
        .testTarget(name: "TorchTests", dependencies: ["Torch"], swiftSettings: strict),
        .testTarget(
            name: "WorkloadsTests", dependencies: ["Workloads", "HyperSchedProtocol", "Torch"], swiftSettings: strict),
    ],
    cxxLanguageStandard: (torch?.isVersion1 ?? true) ? .cxx17 : .cxx20
)
