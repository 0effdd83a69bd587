extension WorkloadDescription {
    /// Latent augmentation using domain descriptions (Dunlap et al., arXiv:2210.09520).
    public static let lads = WorkloadDescription(
        name: "lads",
        summary: "extension of a classifier to domains that only words describe (Dunlap et al. 2022)",
        parameters: ladsData + ladsAugmentation + ladsProbe,
        metrics: [
            "val_balanced_accuracy", "val_accuracy", "val_worst_group_accuracy", "best_val_balanced_accuracy",
            "train_loss", "aug_val_loss", "aug_direction_loss", "aug_class_loss", "aug_epoch", "rows_per_s",
        ])

    private static let ladsData: [WorkloadParameter] = [
        .init(
            "embeddings", .text, default: nil,
            help: "a .safetensors file or a folder of .npy files (docs/workloads/lads.md); needed"),
        .init(
            "setting", .choice(["domain_shift", "bias"]), default: .string("domain_shift"),
            help: "domain_shift: target domains without images; bias: two domains that go with the classes"),
        .init(
            "method",
            .choice(["lads", "lp", "lp_zs_init", "zero_shot", "average", "addition", "slerp", "e2e", "oracle"]),
            default: .string("lads"), help: "lads, or a baseline"),
        .init("normalize", .bool, default: .bool(true), help: "scale every image vector to length 1"),
        .init(
            "val_to_test", .bool, default: .bool(false),
            help: "odd validation rows become in-domain test rows, as in the authors' code"),
        .init(
            "source_prompts", .int(1...1000), default: nil, help: "use the first so many source texts (default: all)"),
        .init(
            "trust_domains", .bool, default: .bool(false),
            help: "setting bias: take the domain of a training row from the file; else from the nearest text"),
        .init(
            "zero_shot_texts", .choice(["classes", "all"]), default: .string("all"),
            help: "texts of zero-shot, average and lp_zs_init: the classes' own, or the mean over all domains"),
    ]

    private static let ladsAugmentation: [WorkloadParameter] = [
        .init(
            "alpha", .real(0...1), default: .real(0.5),
            help: "weight of domain alignment; 1 - alpha of class consistency"),
        .init("hidden", .int(1...16_384), default: .int(384), help: "hidden units of an augmentation network"),
        .init("aug_epochs", .int(1...10_000), default: .int(50), help: "epochs of each augmentation network"),
        .init("aug_lr", .real(1e-7...10), default: .real(5e-3), help: "their learning rate"),
        .init("aug_weight_decay", .real(0...10), default: .real(0.05), help: "their weight decay"),
        .init(
            "direction_loss", .choice(["cosine", "mse", "mae"]), default: .string("cosine"),
            help: "how far a row's way is from the texts' way"),
        .init(
            "domain_specific_classes", .bool, default: .bool(false),
            help: "class consistency by the target domain's texts in place of the classes' own; domain_shift only"),
        .init(
            "neighbour_weight", .real(0...1000), default: .real(0),
            help: "weight of the term that keeps each row nearest to itself; setting bias only"),
        .init(
            "mix", .real(0...2), default: .real(0.5), help: "fraction of the text in addition (or amount) and slerp"),
        .init(
            "mix_with", .choice(["target", "source", "direction"]), default: .string("target"),
            help: "the text of addition and slerp; source as in the authors' code; direction: x + mix (target - source)"
        ),
        .init("e2e_direction_weight", .real(0...1000), default: .real(1), help: "e2e: factor on domain alignment"),
        .init(
            "e2e_keep_weight", .real(0...1000), default: .real(0),
            help: "e2e: weight of 1 - cosine of row and moved row"),
        .init("e2e_class_weight", .real(0...1000), default: .real(1), help: "e2e: weight of class consistency"),
    ]

    private static let ladsProbe: [WorkloadParameter] = [
        .init("lr", .real(1e-7...10), default: .real(1e-3), help: "learning rate of the probe"),
        .init("weight_decay", .real(0...10), default: .real(0.05), help: "weight decay of the probe"),
        .init("batch_size", .int(1...65_536), default: .int(256), help: "rows per optimiser step, in both stages"),
        .init(
            "include_original", .bool, default: .bool(true), help: "train the probe on the unchanged rows too"),
        .init("upweight_classes", .bool, default: .bool(true), help: "weight classes by 1 / their number of rows"),
        .init("ensemble", .bool, default: .bool(false), help: "average the probe's probabilities with zero-shot ones"),
        .init(
            "adamw", .choice(["transformers", "torch"]), default: .string("transformers"),
            help: "form of the optimiser; transformers as the authors' code"),
    ]
}
