using System.Diagnostics;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Tests;

/// <summary>Linux itself is the oracle: its groups were read in QEMU and written down.</summary>
public sealed class RecordedGroups
{
    [FactWith("dtc")]
    public void On_6_1_without_ACS_there_are_11() => Same("lab-6.1-full.txt", new KernelVersion(6, 1), groups: 11, ungrouped: 1);

    [FactWith("dtc")]
    public void On_6_12_with_config_acs_there_are_20() =>
        Same("lab-6.12-configacs.txt", new KernelVersion(6, 12), groups: 20, ungrouped: 1);

    [FactWith("dtc")]
    public void A_mask_of_zero_leaves_one_function() =>
        Same("lab-6.12-mask0.txt", new KernelVersion(6, 12), groups: 1, ungrouped: 29, mask: " iommu-map-mask = <0>;");

    [FactWith("dtc")]
    public void A_partial_map_leaves_out_what_it_does_not_cover() =>
        Same(
            "lab-6.12-partial.txt", new KernelVersion(6, 12), groups: 1, ungrouped: 4,
            map: "iommu-map = <0x100 0x8005 0x100 0x200>, <0x400 0x8005 0x9000 0x100>;");

    [FactWith("dtc")]
    public void Sentences_of_lspci_tell_as_much_as_hexadecimal()
    {
        foreach (var file in (string[])["lab-6.1-full.txt", "lab-6.12-configacs.txt", "lab-6.12-partial.txt"])
        {
            var record = LabRecord.Read(file);
            var sentences = record.Sentences.ToTopology().Functions;
            var hexadecimal = record.Hexadecimal.ToTopology().Functions;

            sentences
                .Select(function =>
                    function with
                    {
                        Driver = null, IsDriverUnknown = true, RecordedGroup = null, ClassCode = function.ClassCode >> 8,
                            HasExtendedSpace = true,
                    })
                .ShouldBe(hexadecimal.Select(function => function with { ClassCode = function.ClassCode >> 8, HasExtendedSpace = true, MultifunctionBit = null }));
            GroupPredictor.Predict(LabRecord.Virt(), record.Sentences.ToTopology()).Partition
                .ShouldBe(GroupPredictor.Predict(LabRecord.Virt(), record.Hexadecimal.ToTopology()).Partition);
        }
    }

    [FactWith("dtc")]
    public void Every_decision_says_by_which_rule_and_on_what_evidence()
    {
        var prediction = GroupPredictor.Predict(LabRecord.Virt(), LabRecord.Read("lab-6.1-full.txt").Whole.ToTopology());

        prediction.Decisions.ShouldAllBe(decision =>
            decision.Rule.Id.Length >= 2 && decision.Reason.Length > 10 && decision.KernelFunction.Contains(": ")
                && decision.Evidence.Length >= 4);
        var second = prediction.Of("0000:0c:02.0")!;
        (second.Group, second.Rule).ShouldBe((null, GroupingRule.StreamIdInUse));
        second.Reason.ShouldContain("0xc00 belongs to 0000:0c:01.0");
        var behindPort = prediction.Of("0000:01:00.0")!;
        (behindPort.Rule, behindPort.Joined).ShouldBe((GroupingRule.PathIsolation, "0000:00:01.0"));
        behindPort.Reason.ShouldContain("ACS is present and off");
        prediction.Of("0000:00:04.1")!.Rule.ShouldBe(GroupingRule.MultifunctionDevice);
        prediction.Of("0000:00:04.1")!.Reason.ShouldContain("no ACS capability");
    }

    [FactWith("dtc")]
    public void A_prediction_for_30_functions_takes_less_than_5_milliseconds()
    {
        var tree = LabRecord.Virt();
        var topology = LabRecord.Read("lab-6.1-full.txt").Hexadecimal.ToTopology();
        topology.Functions.Length.ShouldBe(30);
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 50; i++)
        {
            var watch = Stopwatch.StartNew();
            GroupPredictor.Predict(tree, topology);
            best = watch.Elapsed < best ? watch.Elapsed : best;
        }

        best.ShouldBeLessThan(TimeSpan.FromMilliseconds(5));
    }

    private static void Same(string file, KernelVersion kernel, int groups, int ungrouped, string? map = null, string? mask = null)
    {
        var record = LabRecord.Read(file);

        var prediction = GroupPredictor.Predict(
            LabRecord.Virt(map, mask), record.Hexadecimal.ToTopology(), new PredictionOptions { Kernel = kernel });

        prediction.Partition.ShouldBe(record.Partition);
        prediction.Groups.Length.ShouldBe(groups);
        prediction.Ungrouped.Count().ShouldBe(ungrouped);
    }
}
