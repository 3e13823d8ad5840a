// What dashboard.schema.json is made from: Grafana's own type of a dashboard, narrowed to the panels that are used here, because in
// Grafana's type the options, custom fields and queries of a panel may be anything. A field that is not named here is an error.
// To renew it for another version of Grafana, in an empty folder with this file, then drop each "description":
//   npm init -y && npm install @grafana/schema@12.1.0 ts-json-schema-generator@2.4.0 typescript@5.8
//   npx tsc --init --module commonjs --moduleResolution node10 --skipLibCheck --target es2022
//   npx ts-json-schema-generator --path dashboard.ts --type Dashboard --tsconfig tsconfig.json --out dashboard.schema.json
import * as raw from '@grafana/schema/dist/types/raw/dashboard/x/dashboard_types.gen';
import * as timeseries from '@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import * as stat from '@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';

// Of a query to Prometheus, what is used here.
interface Query {
  refId: string;
  expr: string;
  legendFormat?: string;
  instant?: boolean;
  range?: boolean;
}
interface Fields<Custom> extends Omit<raw.FieldConfigSource, 'defaults'> {
  defaults: Omit<raw.FieldConfig, 'custom'> & { custom?: Partial<Custom> };
}
interface PanelOf<Type, Options, Custom> extends Omit<raw.Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> {
  id: number;
  title: string;
  type: Type;
  options: Partial<Options>;
  fieldConfig: Fields<Custom>;
  targets: Query[];
}
type AnyPanel =
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | PanelOf<'stat', stat.Options, {}>
  | (Omit<raw.RowPanel, 'panels'> & { panels: [] });
export interface Dashboard extends Omit<raw.Dashboard, 'panels'> {
  uid: string;
  title: string;
  panels: AnyPanel[];
}
