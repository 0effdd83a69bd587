/// Sweep files of the end-to-end tests.
enum SweepFiles {
    static func steady(seconds: Int, steps: Int = 500, policy: String = "{name: hypersched, eta: 3}", more: String = "")
        -> String
    {
        """
        name: steady
        command: [bash, "\(LiveCluster.trialProgram)"]
        method: random
        metric: {name: acc, goal: maximize}
        parameters:
          quality: {min: 0.1, max: 1.0}
        hypersched:
          in: \(seconds)s
          policy: \(policy)
          steps: {min: 1, max: \(steps)}
          checkpoint: {grace: 5s}
          seed: 3
        \(more)
        """
    }
}
