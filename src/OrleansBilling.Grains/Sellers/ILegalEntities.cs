using OrleansBilling.Domain.Sellers;

namespace OrleansBilling.Grains.Sellers;

/// <summary>Reads sellers from their rows.</summary>
public interface ILegalEntities
{
    /// <summary>A version of a seller, the newest where none is named; null where there is no such seller or version.</summary>
    Task<LegalEntity?> FindAsync(string code, int? version);
}
