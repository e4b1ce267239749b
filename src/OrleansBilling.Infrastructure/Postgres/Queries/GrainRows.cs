using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>
/// Reads the stored state of grains without waking them: what a grain has committed is its row, and what it has not
/// committed is nobody's business.
/// </summary>
public sealed class GrainRows(IOptions<ClusterOptions> cluster)
{
    /// <summary>The value of <c>service_id</c> in <c>grain_state</c>.</summary>
    public string ServiceId => cluster.Value.ServiceId;

    /// <summary>A join to the state of the grain whose key is a column; <c>$n</c> is the service id.</summary>
    internal static string Join(string grainType, string keyColumn, int serviceParameter) =>
        $"join grain_state g on g.service_id = ${serviceParameter} and g.grain_type = '{grainType}' and g.grain_key = {keyColumn}";

    /// <summary>The state of a payload.</summary>
    internal static TState Read<TState>(NpgsqlDataReader row, int column)
        where TState : class =>
        System.Text.Json.JsonSerializer.Deserialize<StateEnvelope<TState>>(row.GetFieldValue<byte[]>(column), BillingJson.Options)?.State
        ?? throw new InvalidOperationException("A listed grain has no state: the row was cleared.");
}
