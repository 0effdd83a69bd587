import HyperSchedProtocol
import Testing

@testable import Scheduler

extension FaultyCluster {
    /// A gang is there as a whole or not at all: all its members hold their slots from its start until the last process
    /// is gone, and each member that has not ended is wanted on its agent with its own rank.
    func checkGangs() {
        var ports: Set<String> = []
        for lease in state.leases {
            let request = state.sweep(lease.sweep)!.spec.slots
            guard let gang = lease.gang else {
                #expect(!request.isGang, "trial \(lease.attempt) should be a gang")
                continue
            }
            #expect(gang.members.count == request.agents && Set(lease.agents).count == request.agents)
            #expect(gang.members.allSatisfy { $0.slots.count == request.minEach } && lease.slotCount == request.min)
            #expect(lease.agent == gang.members[0].agent && lease.slots == gang.members[0].slots)
            #expect(lease.reserved.isEmpty && !gang.isOver)
            #expect(ports.insert("\(gang.masterAddress):\(gang.masterPort)").inserted, "two gangs on one port")
            #expect(lease.goal != .run || !gang.ends.contains(where: gang.endsAll), "a gang runs on without a member")
            for (rank, member) in gang.members.enumerated() { checkMember(member, rank, lease, gang) }
        }
    }

    private func checkMember(_ member: GangLease.Member, _ rank: Int, _ lease: LeaseRecord, _ gang: GangLease) {
        let wanted = state.desiredState(of: member.agent, at: now)!.assignments.first { $0.attempt == lease.attempt }
        guard !gang.hasEnded(rank) else {
            #expect(wanted == nil, "a member that is gone is still wanted")
            return
        }
        #expect(wanted?.slots == member.slots && wanted?.goal == lease.goal)
        #expect(
            wanted?.gang
                == GangPlace(
                    rank: rank, size: gang.members.count, slotsEach: member.slots.count,
                    masterAddress: gang.masterAddress, masterPort: gang.masterPort))
    }
}
