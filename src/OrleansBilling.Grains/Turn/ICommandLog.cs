namespace OrleansBilling.Grains.Turn;

/// <summary>Reads the answers of commands done before (architecture.md, "One turn, one transaction", step 1).</summary>
public interface ICommandLog
{
    /// <summary>The row of a key, or null where the key is new.</summary>
    Task<CommandRecord?> FindAsync(string scope, string key);
}
