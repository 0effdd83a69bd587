extension WorkloadDescription {
    /// Classifiers with supervised attention (GALS, Petryk et al., arXiv:2202.08926).
    public static let gals = WorkloadDescription(
        name: "gals",
        summary: "image classifier whose attention is supervised by maps, against spurious cues (Petryk et al. 2022)",
        parameters: galsData + galsModel + galsMethod + galsOptimiser,
        metrics: [
            "val_balanced_accuracy", "val_worst_group_accuracy", "val_accuracy", "val_group_mean_accuracy",
            "val_adjusted_accuracy",
        ] + (0..<galsReportedGroups).map { "val_group_\($0)_accuracy" } + [
            "outside_gradient", "pointing_accuracy", "train_loss", "class_loss", "branch_loss", "attention_loss",
            "attention_loss_weighted", "train_accuracy", "lr", "images_per_s",
        ])

    /// Groups beyond these are in the worst and the mean, and not reported one by one.
    public static let galsReportedGroups = 6

    private static let galsData: [WorkloadParameter] = [
        .init("data_dir", .text, default: nil, help: "folder that the index, the images and relative paths start from"),
        .init("index", .text, default: .string("metadata.csv"), help: "table of the images: Waterbirds' metadata.csv"),
        .init(
            "file_column", .text, default: nil,
            help: "column with the image's file (default: img_filename, filename, abs_file_path or file)"),
        .init("label_column", .text, default: .string("y"), help: "column with the class, a number or a word"),
        .init(
            "group_column", .text, default: .string("place"),
            help: "column with what the class may be confused with; without it groups are the classes"),
        .init("split_column", .text, default: .string("split"), help: "column with 0, 1, 2 or train, val, test"),
        .init("image_size", .int(8...1024), default: nil, help: "resize every image to this square"),
        .init(
            "attention", .text, default: nil,
            help:
                "maps of where the evidence lies: a .npy or .safetensors file, a folder with a file per image, or zeros"
        ),
        .init(
            "missing_maps", .choice(["error", "skip"]), default: .string("error"),
            help: "a training image without a map ends the run, or trains without one"),
        .init(
            "map_combination", .choice(["average_nonzero", "max"]), default: .string("average_nonzero"),
            help: "how several maps of one image become one"),
        .init("invert_maps", .bool, default: .bool(false), help: "use one minus the map"),
        .init(
            "pixel_statistics", .choice(["training", "imagenet"]), default: .string("training"),
            help: "normalise pixels by the training images or by ImageNet's constants"),
        .init(
            "epoch_images", .int(1...10_000_000), default: nil,
            help: "images that one epoch draws (default: as many as there are to train on)"),
        .init(
            "attention_images", .int(0...1_000_000), default: .int(256),
            help: "validation images that outside_gradient and pointing_accuracy are measured on"),
    ]

    private static let galsModel: [WorkloadParameter] = [
        .init(
            "model", .choice(["cnn", "resnet10", "resnet18", "resnet50", "script"]), default: .string("cnn"),
            help: "the network; resnet50 has torchvision's form and names, script is a TorchScript module of your own"),
        .init("backbone", .text, default: nil, help: "TorchScript file for model script"),
        .init(
            "pretrained", .text, default: nil,
            help: "weights to start from, but for the last layer: a checkpoint directory or a safetensors file"),
        .init(
            "separate_classes", .bool, default: .bool(false),
            help: "with two classes: two outputs and softmax in place of one and the logistic function"),
    ]

    private static let galsMethod: [WorkloadParameter] = [
        .init(
            "method", .choice(["vanilla", "upweight", "rrr", "gradcam", "abn", "abn_sup"]), default: .string("gradcam"),
            help: "what is done about spurious cues: nothing, class weights, a penalty on input gradients, on Grad-CAM "
                + "maps, an attention branch, or one with supervised attention"),
        .init(
            "lambda_eff", .real(0...1000), default: .real(6.92e-4),
            help: "rrr: weight of each image's own penalty, the same at every batch and image size"),
        .init(
            "rrr_weight", .real(0...1e9), default: nil,
            help: "rrr: the GALS code's WEIGHT in place of lambda_eff, for batch_size images (10000 in its files)"),
        .init(
            "rrr_region", .choice(["outside", "inside"]), default: .string("outside"),
            help: "rrr: gradients outside of the map to zero, or inside to the map"),
        .init(
            "grad_target", .choice(["loss", "sum_log_probs"]), default: .string("loss"),
            help: "rrr: the gradient of the loss, or of the sum of log probabilities (Ross et al. 2017)"),
        .init(
            "criterion", .choice(["L1", "L2"]), default: .string("L1"),
            help: "absolute or squared differences in rrr, gradcam and abn_sup"),
        .init("cam_weight", .real(0...1000), default: .real(1), help: "gradcam: weight of the penalty"),
        .init(
            "abn_cls_weight", .real(0...1000), default: .real(1),
            help: "abn, abn_sup: weight of the branch's own loss"),
        .init("abn_att_weight", .real(0...1000), default: .real(1), help: "abn_sup: weight of the penalty"),
        .init(
            "map_mode", .choice(["suppress_outside", "match"]), default: .string("suppress_outside"),
            help: "gradcam, abn_sup: the network's map should vanish outside of the target, or equal it"),
        .init(
            "abn_wiring", .choice(["add", "mul"]), default: .string("add"),
            help: "abn, abn_sup: features times attention plus features (the paper), or the product alone"),
        .init(
            "group_weights", .bool, default: .bool(false),
            help: "weight the loss by the rarity of each image's group; needs group labels"),
    ]

    private static let galsOptimiser: [WorkloadParameter] = [
        .init("batch_size", .int(1...4096), default: .int(96), help: "images per optimiser step"),
        .init("optimizer", .choice(["sgd", "adamw"]), default: .string("sgd"), help: "SGD with momentum, or AdamW"),
        .init(
            "base_lr", .real(1e-7...10), default: .real(0.05),
            help: "learning rate at the start, but for the last layer"),
        .init("cls_lr", .real(1e-7...10), default: .real(0.05), help: "learning rate of the last layer at the start"),
        .init(
            "schedule", .choice(["cosine", "none"]), default: .string("cosine"),
            help: "learning rates fall to zero along half a cosine, or stay (the GALS code)"),
        .init("momentum", .real(0...0.999), default: .real(0.9), help: "momentum of SGD"),
        .init("weight_decay", .real(0...1), default: .real(1e-5), help: "weight decay, on every parameter"),
    ]
}
