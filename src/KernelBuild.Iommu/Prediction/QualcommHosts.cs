using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// Which host bridges of Qualcomm get their table of stream IDs from iommu-map, by Linux. Source: drivers/pci/controller/dwc/pcie-qcom.c,
/// qcom_pcie_match and the configurations whose operations have config_sid, of 5.10.223, 6.1.192, 6.12.117 and 7.2.13.
/// </summary>
public static class QualcommHosts
{
    private const int WordsOfElement = 4;

    /// <summary>Whether qcom_pcie_config_sid_1_9_0 programs the host's table.</summary>
    public static bool HasProgrammedTable(PciHost host, KernelVersion kernel) =>
        host.Node.Node.Strings("compatible").Select(compatible => IsProgrammed(compatible, kernel)).FirstOrDefault(known =>
            known is not null) == true;

    /// <summary>
    /// Whether it programs what the map says: it takes the first ID of elements of four words, also where elements have five (7.2).
    /// </summary>
    public static bool IsProgrammedRight(PciHost host, KernelVersion kernel) =>
        HasProgrammedTable(host, kernel) && !ReadsWrongWords(host, kernel);

    /// <summary>Whether the map's elements are not those that the host's driver reads.</summary>
    public static bool ReadsWrongWords(PciHost host, KernelVersion kernel) => kernel.MapsByTarget && HasProgrammedTable(host, kernel)
        && host.ByTarget is { } map && map.Entries.Any(entry => 3 + entry.Output.Length != WordsOfElement);

    /// <summary>
    /// Null for what the driver does not know by this name, and for a version between two that were read and that differ: which commit changed
    /// it was not looked up, and nothing is then said to be enforced.
    /// </summary>
    internal static bool? IsProgrammed(string compatible, KernelVersion kernel) => compatible switch
    {
        "qcom,pcie-sm8150" or "qcom,pcie-sm8250" or "qcom,pcie-sc7280" or "qcom,pcie-sc8180x" or "qcom,pcie-sm8450-pcie0"
            or "qcom,pcie-sm8450-pcie1" => Since(kernel, 6, 1),
        "qcom,pcie-sm8350" or "qcom,pcie-sm8550" or "qcom,pcie-sdx55" or "qcom,pcie-sa8775p" => Since(kernel, 6, 12),
        // ops_1_21_0 of 7.2 has no config_sid
        "qcom,pcie-sa8540p" or "qcom,pcie-sc8280xp" => kernel >= new KernelVersion(7, 2) ? false
            : kernel > new KernelVersion(6, 12) ? null : Since(kernel, 6, 1),
        "qcom,pcie-x1e80100" => kernel >= new KernelVersion(7, 2) ? false : kernel > new KernelVersion(6, 12) ? null : Since(kernel, 6, 12),
        "qcom,pcie-apq8064" or "qcom,pcie-apq8084" or "qcom,pcie-ipq4019" or "qcom,pcie-ipq6018" or "qcom,pcie-ipq8064"
            or "qcom,pcie-ipq8064-v2" or "qcom,pcie-ipq8074" or "qcom,pcie-ipq8074-gen3" or "qcom,pcie-ipq9574" or "qcom,pcie-msm8996"
            or "qcom,pcie-qcs404" or "qcom,pcie-sdm845" => false,
        _ => null,
    };

    private static bool? Since(KernelVersion kernel, int major, int minor) => kernel >= new KernelVersion(major, minor) ? true : null;
}
