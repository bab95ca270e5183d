using System.Diagnostics;
using KernelBuild.Iommu.Acpi;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Testing.Iommu;

/// <summary>IORT tables, damaged, most with a checksum that fits again: what is still read is predicted with, the rest is refused by a code.</summary>
public sealed class IortMutations(int seed)
{
    private readonly Random _random = new(seed);
    private readonly byte[] _original = IortSample.Write();

    public long Read { get; private set; }

    public long Refused { get; private set; }

    public SortedSet<string> Codes { get; } = new(StringComparer.Ordinal);

    public TimeSpan Slowest { get; private set; }

    public void Step()
    {
        var bytes = _original.ToArray();
        for (var change = _random.Next(1, 6); change > 0; change--)
        {
            bytes[_random.Next(bytes.Length)] = (byte)(_random.Next(2) == 0 ? _random.Next(256) : _random.Next(5));
        }

        if (_random.Next(8) != 0)
        {
            bytes = IortSample.WithSum(bytes);
        }

        var cut = _random.Next(16) == 0 ? _random.Next(bytes.Length) : bytes.Length;
        var began = Stopwatch.GetTimestamp();
        if (IortTable.TryRead(bytes.AsSpan(0, cut), out var table, out var error))
        {
            Read++;
            var tree = IortTree.Of(table);
            var topology = VirtMachine.Topology(acsOn: false);
            var options = new PredictionOptions { Kernel = _random.Next(2) == 0 ? new KernelVersion(6, 1) : new KernelVersion(7, 2) };
            var prediction = GroupPredictor.Predict(tree, topology, options);
            if (_random.Next(16) == 0 && !prediction.Decisions.IsEmpty)
            {
                _ = FixFinder.Find(tree, topology, options, prediction.Decisions[_random.Next(prediction.Decisions.Length)].Device).Length;
            }
        }
        else
        {
            Refused++;
            Codes.Add(error.Code);
        }

        var took = Stopwatch.GetElapsedTime(began);
        Slowest = took > Slowest ? took : Slowest;
    }
}
