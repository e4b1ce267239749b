using Npgsql;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Grains.Payments;

namespace OrleansBilling.Infrastructure.Postgres.Payments;

/// <summary>Reads stored payment methods from their rows.</summary>
public sealed class PostgresPaymentMethods(BillingDatabase database) : IPaymentMethods
{
    /// <inheritdoc/>
    public async Task<PaymentMethodRef?> FindAsync(string account, string method)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(
            "select id, gateway, token from payment_method where id = $1 and account = $2 and detached_at is null",
            connection)
        {
            Parameters = { new() { Value = method }, new() { Value = account } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new PaymentMethodRef(reader.GetString(0), reader.GetString(1), reader.GetString(2))
            : null;
    }
}
