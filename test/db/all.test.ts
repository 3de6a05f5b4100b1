/** One bundle, so that the servers are started once for all. */
import './sources';
import './faults';
import './window';
import './textRules';
import './validation';
import './databaseMarks';
import './ddl';
import './corpus';
import './otherSessions';
import './literals';
import './catalogues';
