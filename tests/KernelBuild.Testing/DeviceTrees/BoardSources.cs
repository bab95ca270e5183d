namespace KernelBuild.Testing.DeviceTrees;

/// <summary>Small trees for dtc.</summary>
public static class BoardSources
{
    public const string Board = """
        /dts-v1/;
        /memreserve/ 0x80000000 0x10000;
        /memreserve/ 0x1234567890 0x1000;
        / {
            #address-cells = <2>;
            #size-cells = <2>;
            model = "A board", "with \"two\" names\n";
            compatible = "vendor,board";
            interrupt-parent = <&gic>;
            empty;
            bytes = [01 02 ff];
            odd-string = [68 69];
            mixed = "text", <0x1 0x2>;
            aliases { serial0 = &uart; };
            gic: interrupt-controller@1000 { #interrupt-cells = <3>; interrupt-controller; reg = <0 0x1000 0 0x100>; };
            soc: soc@0 {
                #address-cells = <1>;
                #size-cells = <1>;
                ranges = <0 0 0 0x40000000>;
                dma-ranges = <0 0x1 0 0x80000000>;
                smmu: iommu@15000000 { compatible = "arm,smmu-v3"; #iommu-cells = <1>; reg = <0x15000000 0x10000>; };
                its: msi-controller@2000 { #msi-cells = <1>; msi-controller; reg = <0x2000 0x100>; };
                uart: serial@3000 { reg = <0x3000 0x10 0x4000 0x20>; interrupts = <0 1 4>, <0 2 4>; iommus = <&smmu 0x11>, <&smmu 0x12>; status = "okay"; };
                pcie: pcie@4000 {
                    device_type = "pci";
                    #address-cells = <3>;
                    #size-cells = <2>;
                    reg = <0x4000 0x1000>;
                    ranges = <0x02000000 0 0x60000000 0x20000000 0 0x1000000>;
                    iommu-map = <0x0 &smmu 0x1c00 1>, <0x100 &smmu 0x1c01 1>;
                    iommu-map-mask = <0xff00>;
                    msi-map = <0 &its 0 0x10000>;
                    status = "disabled";
                    port@0 { reg = <0 0 0 0 0>; #address-cells = <3>; #size-cells = <2>; };
                };
            };
            off: regulator { regulator-name = "off"; };
            user { off-supply = <&off>; };
        };
        """;

    public const string Overlay = """
        /dts-v1/;
        /plugin/;
        &pcie {
            status = "okay";
            iommu-map-mask = <0xffff>;
            vendor,new = <&helper 1>;
            helper: helper@5 { #vendor-cells = <1>; uses = <&smmu &other>; };
            port@0 { extra; };
        };
        &{/soc@0} { other: other-node { a = "b"; }; };
        &uart { iommus = <&smmu 0x20>; };
        """;

    public static byte[] BoardTree { get; } = Dtc.Compile(Board, "-@");
}
