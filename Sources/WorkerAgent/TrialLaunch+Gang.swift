import HyperSchedProtocol

/// What a member of a gang is told about the others: docs/TRIAL_CONTRACT.md, "Trials over several agents".
extension TrialLaunch {
    /// Empty for a trial on one agent.
    var gangEnvironment: [String: String] {
        guard let gang = assignment.gang else { return [:] }
        let (rank, size, port) = ("\(gang.rank)", "\(gang.size)", "\(gang.masterPort)")
        return [
            "HYPERSCHED_NODES": size, "HYPERSCHED_NODE_RANK": rank,
            // torch.distributed's `env://`, for a program that is one process on each agent.
            "MASTER_ADDR": gang.masterAddress, "MASTER_PORT": port, "RANK": rank, "WORLD_SIZE": size,
            "NODE_RANK": rank, "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1",
            // torchrun's options; it sets the ones above anew for each process that it starts.
            "PET_NNODES": size, "PET_NODE_RANK": rank, "PET_NPROC_PER_NODE": "\(gang.slotsEach)",
            "PET_MASTER_ADDR": gang.masterAddress, "PET_MASTER_PORT": port,
        ]
    }
}
