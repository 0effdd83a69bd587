extension WorkloadDescription {
    /// Neural-backed decision trees (Wan et al., arXiv:2004.00221).
    public static let nbdt = WorkloadDescription(
        name: "nbdt",
        summary: "neural-backed decision tree over images (Wan et al. 2020)",
        parameters: nbdtData + nbdtModel + nbdtOptimiser + nbdtTree + nbdtWeights,
        metrics: [
            "val_soft_accuracy", "val_hard_accuracy", "val_flat_accuracy", "train_loss", "xent_loss", "tree_loss", "lr",
            "path_entropy", "tree_depth", "images_per_s",
        ])

    private static let nbdtData: [WorkloadParameter] = [
        .init(
            "dataset", .choice(["fashion_mnist", "cifar10", "cifar100", "image_folder", "npy"]),
            default: .string("fashion_mnist"),
            help: "what lies in data_dir: IDX files, CIFAR's binary files, a folder per class, or NumPy files"),
        .init(
            "data_dir", .text, default: nil,
            help: "folder with the images (default for fashion_mnist: /usr/share/datasets/fashion-mnist)"),
        .init("image_size", .int(8...1024), default: nil, help: "resize the images of image_folder to this square"),
        .init(
            "train_images", .int(10...10_000_000), default: nil,
            help: "train on the first so many images only (default: all)"),
        .init(
            "epoch_images", .int(1...10_000_000), default: nil,
            help: "images that one epoch draws, at most train_images (default: as many)"),
        .init("augment", .bool, default: .bool(false), help: "random shifts and mirroring"),
        .init(
            "augment_shift", .int(0...64), default: nil,
            help: "largest shift in pixels (default: 2 for fashion_mnist, else an eighth of the height)"),
    ]

    private static let nbdtModel: [WorkloadParameter] = [
        .init(
            "model", .choice(["cnn", "resnet10", "resnet18", "wrn", "script"]), default: .string("cnn"),
            help: "the network; wrn is WideResNet, script a TorchScript module of your own"),
        .init("wrn_depth", .int(10...100), default: .int(28), help: "layers of wrn, 4 more than a multiple of 6"),
        .init("wrn_width", .int(1...20), default: .int(10), help: "widening factor of wrn"),
        .init("backbone", .text, default: nil, help: "TorchScript file for model script"),
        .init(
            "classifier_key", .text, default: nil,
            help: "name of the last layer's weights in the backbone (default: the usual names)"),
        .init(
            "pretrained", .text, default: nil,
            help: "weights to start from: a checkpoint directory or a safetensors file (default: random)"),
    ]

    private static let nbdtOptimiser: [WorkloadParameter] = [
        .init("batch_size", .int(1...4096), default: .int(128), help: "images per optimiser step"),
        .init("lr", .real(1e-6...10), default: .real(0.1), help: "learning rate of SGD at the start"),
        .init("lr_gamma", .real(0...1), default: .real(0.1), help: "factor on lr at each milestone"),
        .init("lr_milestone_1", .real(0...1), default: .real(3.0 / 7), help: "first milestone, fraction of all epochs"),
        .init(
            "lr_milestone_2", .real(0...1), default: .real(5.0 / 7), help: "second milestone, fraction of all epochs"),
        .init("momentum", .real(0...0.999), default: .real(0.9), help: "momentum of SGD"),
        .init("weight_decay", .real(0...1), default: .real(5e-4), help: "weight decay, on every parameter"),
    ]

    private static let nbdtTree: [WorkloadParameter] = [
        .init(
            "hierarchy", .choice(["induced", "induced_normalized", "wordnet", "random", "flat", "file"]),
            default: .string("induced"),
            help: "the tree: clusters of the last layer's rows, of its rows scaled to length 1, WordNet, random, one "
                + "level, or hierarchy_file"),
        .init("hierarchy_seed", .int(0...1_000_000), default: .int(0), help: "seed of the random tree"),
        .init("branching", .int(2...1000), default: .int(2), help: "children per node of the random tree"),
        .init("hierarchy_file", .text, default: nil, help: "hierarchy as networkx node-link JSON"),
        .init(
            "wnids", .text, default: nil,
            help: "file with one WordNet id per class (default: known for fashion_mnist, cifar10; or the class names)"),
        .init(
            "wordnet_dir", .text, default: .string("/usr/share/wordnet"),
            help: "folder with WordNet 3.0 (Debian: wordnet-base)"),
        .init(
            "linkage", .choice(["ward", "average", "complete", "single"]), default: .string("ward"),
            help: "how the induced tree measures the distance of clusters"),
        .init(
            "linkage_metric", .choice(["euclidean", "cosine"]), default: .string("euclidean"),
            help: "distance of two rows; cosine does not go with ward"),
        .init(
            "tree_loss", .choice(["soft", "soft_nll", "hard"]), default: .string("soft"),
            help: "soft: cross entropy on path probabilities as the authors' code; soft_nll: the paper's formula"),
        .init(
            "hard_weight_squared", .bool, default: .bool(false),
            help: "apply the start weight twice in the hard loss, as the authors' code"),
        .init(
            "tree_start", .real(0...1), default: .real(0.33),
            help: "plain cross entropy until this fraction of all epochs; then the tree is built"),
        .init("tree_update_every", .int(0...10_000), default: .int(0), help: "epochs between rebuilds; 0: never"),
        .init("tree_update_end", .real(0...1), default: .real(0.6), help: "last rebuild, fraction of all epochs"),
    ]

    private static let nbdtWeights: [WorkloadParameter] = [
        .init("tree_supervision_weight", .real(0...1000), default: .real(1), help: "weight of the tree loss"),
        .init(
            "tree_supervision_weight_end", .real(0...1000), default: nil,
            help: "its value at the end (default: as at the start)"),
        .init("tree_supervision_weight_power", .real(0.01...10), default: .real(1), help: "shape of the way there"),
        .init("xent_weight", .real(0...1000), default: .real(1), help: "weight of the cross entropy term"),
        .init(
            "xent_weight_end", .real(0...1000), default: nil, help: "its value at the end (default: as at the start)"),
        .init("xent_weight_power", .real(0.01...10), default: .real(1), help: "shape of the way there"),
    ]
}
