using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>The views that prices look at, by account and meter.</summary>
internal sealed class UsageViews
{
    private const string Views =
        """
        select v.account, v.meter, v.definition::text from unnest($1, $2) as s (account, meter)
        join usage_view v on v.account = s.account and v.meter = s.meter
        """;

    private readonly Dictionary<(string Account, string Meter), List<UsageView>> _views = [];

    /// <summary>Reads them, in the transaction that adds to the cells: what a correction computes anew is what was added.</summary>
    public static async Task<UsageViews> ReadAsync(NpgsqlConnection connection, IReadOnlyCollection<(string Account, string Meter)> keys, CancellationToken cancellation)
    {
        var found = new UsageViews();
        await using var command = new NpgsqlCommand(Views, connection);
        command.Add(NpgsqlDbType.Text, keys.Select(key => key.Account).ToArray());
        command.Add(NpgsqlDbType.Text, keys.Select(key => key.Meter).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var key = (reader.GetString(0), reader.GetString(1));
            (found._views.TryGetValue(key, out var list) ? list : found._views[key] = []).Add(BillingJson.Read<UsageView>(reader.GetString(2)));
        }

        return found;
    }

    /// <summary>Those of an account and meter; most have none.</summary>
    public IReadOnlyList<UsageView> Of(string account, string meter) => _views.TryGetValue((account, meter), out var list) ? list : [];
}

/// <summary>What events of an account and meter add up to, by hour: for the meter, and for each view of it.</summary>
internal sealed class RolledUpCells
{
    private readonly string _account;
    private readonly Meter _meter;
    private readonly UsageCells _own;
    private readonly List<(UsageView View, UsageCells Cells, string Code)> _views;

    public RolledUpCells(string account, Meter meter, IEnumerable<UsageView> views)
    {
        (_account, _meter, _own) = (account, meter, new UsageCells(meter));
        _views = [.. views.SelectMany(view => view.Kept(meter)).DistinctBy(view => view.Name).Select(view => (view, new UsageCells(view.Over(meter)), view.CodeOf(meter)))];
    }

    /// <summary>The codes under which the hours are kept.</summary>
    public IReadOnlyList<string> Codes => [_meter.Code, .. _views.Select(view => view.Code)];

    /// <summary>Adds an event.</summary>
    public void Add(UsageEvent found)
    {
        _own.Add(found);
        foreach (var (view, cells, _) in _views)
        {
            if (view.See(_meter, found) is { } seen)
            {
                cells.Add(seen);
            }
        }
    }

    /// <summary>The cells.</summary>
    public List<RollupRow> Rows() =>
    [
        .. _own.Found.Select(cell => new RollupRow(_account, _meter.Code, cell.Key, cell.Value)),
        .. _views.SelectMany(view => view.Cells.Found.Select(cell => new RollupRow(_account, view.Code, cell.Key, cell.Value))),
    ];
}
