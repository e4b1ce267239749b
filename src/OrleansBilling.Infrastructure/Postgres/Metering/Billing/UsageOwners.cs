using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Metering;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Billing;

/// <summary>Reads which subscriptions price which meters.</summary>
internal sealed class UsageOwners(BillingDatabase database) : IUsageOwners
{
    private const string Claims =
        "select meter, subscription, created_at, number, since, until from usage_owner where account = $1 and meter = any ($2) order by since";

    /// <inheritdoc/>
    public async Task<ImmutableArray<UsageClaim>> ReadAsync(string account, IReadOnlyCollection<string> meters)
    {
        var claims = ImmutableArray.CreateBuilder<UsageClaim>();
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(Claims, connection);
        command.Add(account);
        command.Add(NpgsqlDbType.Text, meters.ToArray());
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            claims.Add(new UsageClaim(
                reader.GetString(0), reader.GetString(1), reader.GetInstant(2), reader.GetInt64(3), reader.GetInstant(4),
                await reader.IsDBNullAsync(5) ? null : reader.GetInstant(5)));
        }

        return claims.ToImmutable();
    }
}
