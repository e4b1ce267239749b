using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>
/// Units land in exactly one cell, the most specific that fits: most dimensions named, then fewest values, then the
/// earlier one; else at the default. Without a default they are set aside.
/// </summary>
internal static class MatrixPricing
{
    public static void Rate(MatrixModel model, RatingInput input, RatingSheet sheet)
    {
        var perCell = new decimal[model.Cells.Length];
        decimal atDefault = 0;
        if (input.PreviousGroups.IsEmpty && input.HasPrevious)
        {
            sheet.Add(input.PreviousAmount, ExplainSteps.Given("Units billed before", input.PreviousAmount));
        }

        var previous = input.PreviousGroups.Length;
        var groups = input.PreviousGroups.AddRange(Groups(input));
        for (var i = 0; i < groups.Length; i++)
        {
            var group = groups[i];
            var cell = MostSpecific(model.Cells, group.Values);
            if (cell >= 0)
            {
                perCell[cell] += group.Quantity;
            }
            else if (model.DefaultUnitAmount is not null)
            {
                atDefault += group.Quantity;
            }
            else if (i >= previous)
            {
                (sheet.SetAside ??= []).Add(group);
            }
        }

        for (var i = 0; i < perCell.Length; i++)
        {
            if (perCell[i] != 0)
            {
                sheet.Multiply("multiply", $"Units with {Name(model.Cells[i])}", perCell[i], model.Cells[i].UnitAmount);
            }
        }

        if (atDefault != 0)
        {
            sheet.Multiply("multiply", "Units at the default", atDefault, model.DefaultUnitAmount!.Value);
        }
    }

    private static ImmutableArray<RatingGroup> Groups(RatingInput input) =>
        input.Groups.IsEmpty && input.Quantity > 0
            ? [new RatingGroup(ImmutableSortedDictionary<string, string>.Empty, input.Quantity)]
            : input.Groups;

    private static int MostSpecific(ImmutableArray<MatrixCell> cells, ImmutableSortedDictionary<string, string> values)
    {
        var best = -1;
        for (var i = 0; i < cells.Length; i++)
        {
            if (Fits(cells[i], values) && (best < 0 || IsMoreSpecific(cells[i], cells[best])))
            {
                best = i;
            }
        }

        return best;
    }

    private static bool Fits(MatrixCell cell, ImmutableSortedDictionary<string, string> values) =>
        cell.Values.All(dimension => values.TryGetValue(dimension.Key, out var value) && dimension.Value.Contains(value));

    private static bool IsMoreSpecific(MatrixCell cell, MatrixCell other) =>
        cell.Values.Count != other.Values.Count
            ? cell.Values.Count > other.Values.Count
            : cell.Values.Values.Sum(values => values.Length) < other.Values.Values.Sum(values => values.Length);

    private static string Name(MatrixCell cell) =>
        string.Join(", ", cell.Values.Select(dimension => $"{dimension.Key} {string.Join("|", dimension.Value)}"));
}
