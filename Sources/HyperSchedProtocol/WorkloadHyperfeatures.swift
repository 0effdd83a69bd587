extension WorkloadDescription {
    /// Diffusion Hyperfeatures (Luo et al., arXiv:2305.14334).
    public static let hyperfeatures = WorkloadDescription(
        name: "hyperfeatures",
        summary: "diffusion hyperfeatures for finding corresponding points (Luo et al. 2023)",
        parameters: hyperfeaturesData + hyperfeaturesNetwork + hyperfeaturesTraining,
        metrics: [
            "val_pck_bbox", "val_pck_img", "val_pck_bbox_per_image", "val_loss", "train_loss", "mixing_entropy",
            "top_timestep", "top_layer", "top_weight", "pairs_per_s",
        ])

    private static let hyperfeaturesData: [WorkloadParameter] = [
        .init(
            "data_dir", .text, default: .string("/var/tmp/hypersched/hyperfeatures"),
            help:
                "folder with train.json, val.json, test.json and features/ (scripts/prepare-hyperfeatures makes it), "
                + "or SPair-71k"),
        .init(
            "annotations", .choice(["pairs", "spair"]), default: .string("pairs"),
            help: "pairs: lists as the authors of the paper write them; spair: SPair-71k as it is distributed"),
        .init(
            "spair_layout", .choice(["large", "small"]), default: .string("large"), help: "list of pairs of SPair-71k"),
        .init("features_dir", .text, default: nil, help: "folder with a feature file per image (default: features/)"),
        .init(
            "images_dir", .text, default: nil,
            help: "folder with the images, asked for sizes that a list lacks (default: images/ or JPEGImages/)"),
        .init(
            "npy_layers", .text, default: nil,
            help: "channels of the layers in .npy files, such as 1280,640,320 (default: one layer)"),
        .init(
            "features_memory_mb", .int(1...1_000_000), default: .int(2048), help: "features kept in memory, in MiB"),
        .init("train_pairs", .int(1...10_000_000), default: nil, help: "train on so many pairs only (default: all)"),
        .init("val_pairs", .int(1...10_000_000), default: nil, help: "validate on so many pairs only (default: all)"),
        .init(
            "timesteps", .text, default: .string("all"),
            help: "timesteps to use: all, one (the least noisy), every N, or a list such as -1,300"),
        .init(
            "layers", .text, default: .string("all"),
            help: "layers to use: all, drop N (without the first N), or a list such as 2,3"),
    ]

    private static let hyperfeaturesNetwork: [WorkloadParameter] = [
        .init("projection_dim", .int(2...4096), default: .int(384), help: "channels of the descriptors"),
        .init("bottleneck_ratio", .int(1...64), default: .int(4), help: "projection_dim over channels of a bottleneck"),
        .init("norm_groups", .int(1...1024), default: .int(32), help: "groups of group norm"),
        .init("res_blocks", .int(1...4), default: .int(1), help: "residual blocks per layer"),
        .init(
            "mixing", .choice(["learned", "uniform"]), default: .string("learned"),
            help: "weights of layers and timesteps: learned, or all the same"),
        .init(
            "output_size", .int(2...1024), default: nil,
            help: "side of the descriptor maps (default: the largest map)"),
        .init(
            "match_size", .int(2...4096), default: nil,
            help: "side that maps are brought to before points are matched (default: output_size)"),
        .init(
            "pretrained", .text, default: nil,
            help: "weights to start from: a checkpoint directory or a safetensors file (default: random)"),
    ]

    private static let hyperfeaturesTraining: [WorkloadParameter] = [
        .init("epoch_pairs", .int(1...10_000_000), default: .int(50), help: "pairs that one epoch draws"),
        .init("pairs_per_step", .int(1...256), default: .int(1), help: "pairs per optimiser step"),
        .init("lr", .real(1e-7...1), default: .real(1e-3), help: "learning rate of AdamW"),
        .init("mixing_lr_factor", .real(0...10_000), default: .real(1), help: "factor on lr for the mixing weights"),
        .init("weight_decay", .real(0...1), default: .real(0), help: "weight decay, not on the mixing weights"),
        .init("temperature", .real(1e-4...10), default: .real(0.07), help: "cosines are divided by it in the loss"),
        .init(
            "pck_fraction", .real(0.001...1), default: .real(0.1), help: "a point is found within this part of a side"),
    ]
}
