using Npgsql;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Infrastructure.Postgres.Queries;

namespace OrleansBilling.Infrastructure.Postgres.Catalog;

/// <summary>Reads who subscribes to the versions of a plan..</summary>
public sealed class PostgresPlanSubscribers(BillingDatabase database) : IPlanSubscribers
{
    private const string Page =
        """
        select s.id, a.clock from subscription s join account a on a.id = s.account
        where s.plan = $1 and s.plan_version = any($2) and s.status <> 'canceled' and not a.deleted and s.id > $3
        order by s.id limit $4
        """;

    private const string Named =
        """
        select s.id, a.clock from subscription s join account a on a.id = s.account
        where s.id = any($1) and not a.deleted order by s.id
        """;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PlanSubscriber>> ReadAsync(string plan, IReadOnlyList<int> versions, string after, int limit)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(Page, connection)
        {
            Parameters = { new() { Value = plan }, new() { Value = versions.ToArray() }, new() { Value = after }, new() { Value = limit } },
        };
        return await Sql.ListAsync(command, Read, CancellationToken.None);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PlanSubscriber>> NamedAsync(IReadOnlyList<string> subscriptions)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(Named, connection) { Parameters = { new() { Value = subscriptions.ToArray() } } };
        return await Sql.ListAsync(command, Read, CancellationToken.None);
    }

    private static PlanSubscriber Read(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1));
}
