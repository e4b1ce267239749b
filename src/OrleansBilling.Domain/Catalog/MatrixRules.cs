using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>Cells name dimensions of the matrix, and no two cells name the same values.</summary>
internal static class MatrixRules
{
    public static Refusal? Check(MatrixModel model, string field)
    {
        if (Dimensions(model.Dimensions, $"{field}.dimensions") is { } refusal)
        {
            return refusal;
        }

        if (CatalogLimits.Count(model.Cells.Length, 1, CatalogLimits.Cells, $"{field}.cells") is { } count)
        {
            return count;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < model.Cells.Length; i++)
        {
            var place = $"{field}.cells[{i}]";
            if (Cell(model.Cells[i], model.Dimensions, place) is { } broken)
            {
                return broken;
            }

            if (!seen.Add(Key(model.Cells[i])))
            {
                return Refusal.Rule("duplicate_cell", "Two cells may not name the same values.", $"{place}.values");
            }
        }

        return CatalogLimits.Amount(model.DefaultUnitAmount, $"{field}.default_unit_amount");
    }

    private static Refusal? Dimensions(ImmutableArray<string> dimensions, string field)
    {
        if (CatalogLimits.Count(dimensions.Length, 1, CatalogLimits.Dimensions, field) is { } refusal)
        {
            return refusal;
        }

        for (var i = 0; i < dimensions.Length; i++)
        {
            if (CatalogLimits.Name(dimensions[i], $"{field}[{i}]") is { } broken)
            {
                return broken;
            }

            if (dimensions.IndexOf(dimensions[i]) < i)
            {
                return Refusal.Rule("duplicate_dimension", "Name each dimension once.", $"{field}[{i}]");
            }
        }

        return null;
    }

    private static Refusal? Cell(MatrixCell cell, ImmutableArray<string> dimensions, string place)
    {
        if (CatalogLimits.Count(cell.Values.Count, 1, CatalogLimits.Dimensions, $"{place}.values") is { } refusal)
        {
            return refusal;
        }

        foreach (var (dimension, values) in cell.Values)
        {
            var field = $"{place}.values.{dimension}";
            if (!dimensions.Contains(dimension))
            {
                return Refusal.Rule("unknown_dimension", "Cells may name the dimensions of the matrix only.", field);
            }

            if (ModelRules.Values(values, field) is { } broken)
            {
                return broken;
            }
        }

        return CatalogLimits.Amount(cell.UnitAmount, $"{place}.unit_amount");
    }

    private static string Key(MatrixCell cell) =>
        string.Join('\n', cell.Values.Select(dimension => $"{dimension.Key}\t{string.Join('\t', dimension.Value.Order(StringComparer.Ordinal))}"));
}
