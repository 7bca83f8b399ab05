import { hasKeys, isObjectText } from "../key-value.ts";
import {
  columnRules,
  must,
  one,
  outside,
  parts,
  permits,
  type Row,
  type Rule,
  should,
} from "../rule.ts";
import { CATEGORY_OF, SERVICE_CATEGORIES } from "../service-categories.ts";
import { absent, given, has, isOneOf, isPlain, isText, lacks, textOf } from "../value.ts";

const OVER_TIME = "other periods of the same data";
const PROVISIONED = "which charges are of a resource";
const MEANT = "what the properties of a price mean";
const TAGGED = "the tags as they were set";
const PREFIXES = "the prefixes that the provider reserves";

/** Properties of a price that FOCUS 1.2 names itself. */
const PROPERTIES: ReadonlySet<string> = new Set([
  "CoreCount",
  "DiskMaxIops",
  "DiskSpace",
  "DiskType",
  "GpuCount",
  "InstanceSeries",
  "InstanceType",
  "MemorySize",
  "NetworkMaxIops",
  "NetworkMaxThroughput",
  "OperatingSystem",
  "Redundancy",
  "StorageClass",
]);

function propertyKey(key: string): string | undefined {
  return PROPERTIES.has(key) || key.startsWith("x_")
    ? undefined
    : "which is no property of FOCUS; write it with x_";
}

function inPascalCase(key: string): string | undefined {
  return /^(x_)?[A-Z][A-Za-z0-9]*$/.test(key) ? undefined : "which is not written InPascalCase";
}

/** Each subcategory belongs to one category. */
function belongs(row: Row): string | undefined {
  const category = CATEGORY_OF.get(textOf(row, "ServiceSubcategory") ?? "");
  const own = textOf(row, "ServiceCategory");
  return category === undefined || own === null || category === own
    ? undefined
    : `belongs to ${category} and not to ${own}`;
}

/** A name of something, which is null with its id and given with it. */
function namedBy(column: string, id: string): Rule[] {
  return columnRules(column, "C", [
    must("001-M", isText(column)),
    must("002-M", isPlain(column)),
    parts("003-C", "004-C", "005-C"),
    must("004-C", absent(column), lacks(id)),
    must("005-C", given(column), has(id)),
  ]);
}

/** What was charged for: service, resource, region, price details, tags. */
export const SERVICE_RULES: readonly Rule[] = [
  ...columnRules("ServiceCategory", "M", [
    must("001-M", isText("ServiceCategory")),
    must("002-M", given("ServiceCategory")),
    must("003-M", isOneOf("ServiceCategory", ...SERVICE_CATEGORIES)),
  ]),
  ...columnRules("ServiceSubcategory", "O", [
    must("001-M", isText("ServiceSubcategory")),
    must("002-M", given("ServiceSubcategory")),
    must("003-M", isOneOf("ServiceSubcategory", ...CATEGORY_OF.keys())),
    must("004-M", belongs),
  ]),
  ...columnRules("ServiceName", "M", [
    must("001-M", isText("ServiceName")),
    must("002-M", isPlain("ServiceName")),
    must("003-M", given("ServiceName")),
    parts("004-C", "005-C", "006-C"),
    one("005-C", "must", "ServiceName", "ServiceCategory"),
    outside("006-C", "whether a category fits"),
    parts("007-C", "008-C", "009-C"),
    one("008-C", "should", "ServiceName", "ServiceSubcategory"),
    outside("009-C", "whether a subcategory fits"),
  ]),
  ...columnRules("ResourceId", "C", [
    must("001-M", isText("ResourceId")),
    must("002-M", isPlain("ResourceId")),
    parts("003-C", "004-C", "005-C"),
    outside("004-C", PROVISIONED),
    outside("005-C", PROVISIONED),
    parts("006-C", "007-M", "008-O"),
    outside("007-M", "the provider's other customers"),
    outside("008-O", "how the provider names things"),
  ]),
  ...columnRules("ResourceName", "C", [
    must("001-M", isText("ResourceName")),
    must("002-M", isPlain("ResourceName")),
    parts("003-C", "004-C", "005-C"),
    must("004-C", absent("ResourceName"), lacks("ResourceId")),
    outside("005-C", "which resources have a name"),
    outside("006-C", "how the resource was made"),
  ]),
  ...namedBy("ResourceType", "ResourceId"),
  ...columnRules("RegionId", "C", [
    must("001-M", isText("RegionId")),
    must("002-M", isPlain("RegionId")),
    parts("003-C", "004-C", "005-C"),
    outside("004-C", "where the service runs"),
    ...permits("005-C"),
  ]),
  ...namedBy("RegionName", "RegionId"),
  ...columnRules("AvailabilityZone", "C", [
    must("001-M", isText("AvailabilityZone")),
    must("002-M", isPlain("AvailabilityZone")),
    outside("003-C", "where the service runs"),
  ]),
  ...columnRules("SkuPriceDetails", "C", [
    must("001-M", isObjectText("SkuPriceDetails")),
    should("002-O", hasKeys("SkuPriceDetails", inPascalCase)),
    parts("003-C", "004-C", "005-C"),
    must("004-C", absent("SkuPriceDetails"), lacks("SkuPriceId")),
    ...permits("005-C"),
    parts(
      "006-C",
      ...["007-M", "008-M", "009-C", "010-C", "011-O", "012-O", "016-O", "017-C", "018-C"],
    ),
    must("007-M", given("SkuPriceId"), has("SkuPriceDetails")),
    outside("008-M", MEANT),
    outside("009-C", MEANT),
    outside("010-C", MEANT),
    ...permits("011-O"),
    parts("012-O", "013-O", "014-O", "015-O"),
    outside("013-O", OVER_TIME),
    outside("014-O", OVER_TIME),
    ...permits("015-O"),
    outside("016-O", OVER_TIME),
    must("017-C", hasKeys("SkuPriceDetails", propertyKey)),
    outside("018-C", MEANT),
    parts("019-M", "020-M", "021-M", "022-C"),
    must("020-M", hasKeys("SkuPriceDetails", propertyKey)),
    outside("021-M", MEANT),
    outside("022-C", MEANT),
  ]),
  ...columnRules("Tags", "C", [
    must("001-M", isObjectText("Tags")),
    ...permits("002-O"),
    parts("003-C", "004-M", "005-M", "006-M", "007-O", "008-M", "009-M", "010-C"),
    outside("004-M", TAGGED),
    outside("005-M", TAGGED),
    should("006-M", (row) => {
      const text = textOf(row, "Tags");
      return text !== null && /:\s*null\b/.test(text) ? "has a key without a value" : undefined;
    }),
    ...permits("007-O"),
    outside("008-M", TAGGED),
    outside("009-M", "the provider's documents"),
    outside("010-C", TAGGED),
    parts("011-M", "012-M", "013-M"),
    outside("012-M", PREFIXES),
    outside("013-M", "the provider's documents"),
    parts("014-M", "015-C", "016-C", "017-M"),
    outside("015-C", PREFIXES),
    outside("016-C", PREFIXES),
    outside("017-M", PREFIXES),
  ]),
];
