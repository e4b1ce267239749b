using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Orleans;

/// <summary>
/// Rows of silos that are known to be gone. A starting silo pings every active row and waits until it may declare a
/// silent one dead (about 10 seconds); one that is known to be dead need not be waited for.
/// </summary>
public static class GhostMembers
{
    // Orleans' SiloStatus.Dead.
    private const int Dead = 6;

    /// <summary>Marks the rows of a silo's address as dead. The caller knows that no process can be using that address now.</summary>
    /// <returns>How many rows were still counted as living.</returns>
    public static async Task<int> BuryAsync(
        BillingDatabase database, string clusterId, string address, int port, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // The version is the lock of the whole table: whoever read it before must read again.
        await using var command = new NpgsqlCommand(
            """
            with locked as (
                select 1 from cluster_version where cluster_id = @cluster for update
            ), buried as (
                update cluster_member set status = @dead
                where cluster_id = @cluster and address = @address and port = @port and status <> @dead
                  and exists (select from locked)
                returning 1
            ), moved as (
                update cluster_version set version = version + 1, modified_at = now()
                where cluster_id = @cluster and exists (select from buried)
            )
            select count(*)::integer from buried
            """,
            connection,
            transaction);
        command.Parameters.AddWithValue("cluster", clusterId);
        command.Parameters.AddWithValue("dead", Dead);
        command.Parameters.AddWithValue("address", address);
        command.Parameters.AddWithValue("port", port);
        var buried = (int)(await command.ExecuteScalarAsync(cancellationToken) ?? 0);
        await transaction.CommitAsync(cancellationToken);
        return buried;
    }
}
