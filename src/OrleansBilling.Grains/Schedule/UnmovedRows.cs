using NodaTime;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Schedule;

/// <summary>
/// Watches for rows that their targets run without error and do not move: they would be run for ever. A row that was run
/// twice in a row and was neither done nor put off counts as failed.
/// </summary>
internal sealed class UnmovedRows
{
    /// <summary>The reason noted on such a row.</summary>
    public const string Error = "Its target ran twice without error and neither moved nor deleted the row.";

    private const int MaxRuns = 2;
    private Dictionary<DueKey, (Instant DueAt, Instant RunAt, int Runs)> _run = [];

    /// <summary>Splits the rows taken into those to run and those that are stuck.</summary>
    public (List<DueRow> Run, List<DueRow> Stuck) Split(IReadOnlyList<DueRow> taken)
    {
        List<DueRow> run = [], stuck = [];
        foreach (var row in taken)
        {
            (IsStuck(row) ? stuck : run).Add(row);
        }

        return (run, stuck);
    }

    /// <summary>Remembers what was run; rows that failed have been noted and start anew.</summary>
    public void Remember(IReadOnlyList<DueRow> run, IEnumerable<DueRow> failed)
    {
        var fresh = run.ToDictionary(row => row.Key, row => (row.DueAt, row.RunAt, Runs: RunsOf(row) + 1));
        foreach (var row in failed)
        {
            fresh.Remove(row.Key);
        }

        _run = fresh;
    }

    private bool IsStuck(DueRow row) => RunsOf(row) >= MaxRuns;

    private int RunsOf(DueRow row) => _run.TryGetValue(row.Key, out var last) && last.DueAt == row.DueAt && last.RunAt == row.RunAt ? last.Runs : 0;
}
